// The changes to a group that its system messages describe, in the user's language. For an unknown kind, the server's
// own text is shown.
import type { Id, LastMessage, Message } from "../api/types";
import { nameOfPerson } from "../people/names";
import type { People } from "../people/people.svelte";
import type { Session } from "../store/session.svelte";
import { text } from "../text/texts";
import { listed } from "../text/time";

export interface SystemMessage {
  kind: string;
  actor: Id | null;
  /** Who was affected. */
  others: Id[];
  name: string | null;
  content: string;
}

type Details = Record<string, unknown> | null;

export const isSystemMessage = (message: Pick<Message, "type">): boolean => message.type === "system";

export function systemMessageOf({ author_id, content, type_details }: Message): SystemMessage {
  return described(author_id, content, type_details);
}

/** A conversation's newest message, if it is a system message. */
export function lastSystemMessage({ sender_id, content, message_type }: LastMessage): SystemMessage | null {
  return message_type?.type === "system" ? described(sender_id, content, message_type) : null;
}

export function sentenceOf(app: { session: Session; people: People }, system: SystemMessage): string {
  const { kind, actor, others, name: title, content } = system;
  const isMine = actor === app.session.user?.id;
  const isToMe = others.length === 1 && others[0] === app.session.user?.id;
  const name = nameOfPerson(app, actor ?? "");
  const people = listed(others.map((id) => nameOfPerson(app, id)));
  const words = text.systemMessages;
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

function described(actor: Id | null, content: string, details: Details): SystemMessage {
  const { kind, user_id, name } = details ?? {};
  return {
    kind: String(kind ?? ""),
    actor,
    others: typeof user_id === "string" ? [user_id] : [],
    name: typeof name === "string" ? name : null,
    content,
  };
}
