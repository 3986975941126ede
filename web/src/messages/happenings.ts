// What happened to a group, as its system messages tell it, in the reader's language. One of an unknown kind shows what
// the server says.
import type { Id, LastMessage, Message } from "../api/types";
import { nameOfPerson } from "../conversations/naming";
import type { Application } from "../store/application.svelte";
import { text } from "../text/texts";
import { listed } from "../text/time";

export interface Happening {
  kind: string;
  actor: Id | null;
  /** To whom it happened. */
  others: Id[];
  name: string | null;
  content: string;
}

type Details = Record<string, unknown> | null;

export const isHappening = (message: Pick<Message, "type">): boolean => message.type === "system";

export function happeningOf({ author_id, content, type_details }: Message): Happening {
  return told(author_id, content, type_details);
}

/** The newest message of a conversation, if it is one. */
export function lastHappening({ sender_id, content, message_type }: LastMessage): Happening | null {
  return message_type?.type === "system" ? told(sender_id, content, message_type) : null;
}

export function sentenceOf(app: Application, happening: Happening): string {
  const { kind, actor, others, name: title, content } = happening;
  const isMine = actor === app.user?.id;
  const isToMe = others.length === 1 && others[0] === app.user?.id;
  const name = nameOfPerson(app, actor ?? "");
  const people = listed(others.map((id) => nameOfPerson(app, id)));
  const words = text.happenings;
  switch (kind) {
    case "participant_add":
      if (isToMe) return words.addedYou({ name });
      return isMine ? words.youAdded({ people }) : words.added({ name, people });
    case "participant_remove":
      if (isToMe) return words.removedYou({ name });
      return isMine ? words.youRemoved({ people }) : words.removed({ name, people });
    case "participant_leave":
      return isMine ? words.youLeft : words.left({ name });
    case "name_change":
      if (title === null) return isMine ? words.youUnnamed : words.unnamed({ name });
      return isMine ? words.youNamed({ title }) : words.named({ name, title });
    case "owner_change":
      if (isToMe) return words.handedToYou({ name });
      return isMine ? words.youHandedOver({ people }) : words.handedOver({ name, people });
    case "owner_succession":
      return isMine ? words.youOwn : words.owns({ name });
    default:
      return content;
  }
}

function told(actor: Id | null, content: string, details: Details): Happening {
  const { kind, user_id, name } = details ?? {};
  return {
    kind: String(kind ?? ""),
    actor,
    others: typeof user_id === "string" ? [user_id] : [],
    name: typeof name === "string" ? name : null,
    content,
  };
}
