// The changes to a group, the calls and the pins that system messages describe, in the user's language. For an unknown
// kind, the server's own text is shown.
import type { Id, LastMessage, Message } from "../api/types";
import type { Names } from "../people/names";
import type { Session } from "../store/session.svelte";
import { text } from "../text/texts";
import { duration, listed, shortDateAndTime } from "../text/time";

export interface SystemMessage {
  kind: string;
  actor: Id | null;
  /** Who was affected. */
  others: Id[];
  name: string | null;
  /** How long a call was since someone answered. */
  seconds: number | null;
  /** The message that was pinned. */
  pinned: Id | null;
  /** The event that people are told about, and when it begins. */
  event: Id | null;
  at: Date | null;
  content: string;
}

type Details = Record<string, unknown> | null;

export const isSystemMessage = (message: Pick<Message, "type">): boolean => message.type === "system";

/** Whether it is unread until the user sees it: a message by someone else, or a call that the user missed. */
export function isNewTo(me: Id | undefined, message: Message): boolean {
  if (message.author_id === me) return false;
  const { kind, seconds, declined } = (isSystemMessage(message) && message.type_details) || {};
  if (isAboutEvent(kind)) return isAmong(message.mention_user_ids, me);
  return !isSystemMessage(message) || (kind === "call" && seconds === null && !isAmong(declined, me));
}

/** Whether a system message tells people about an event. */
const isAboutEvent = (kind: unknown): boolean => kind === "event_reminder" || kind === "event_cancelled";

const isAmong = (people: unknown, person: unknown): boolean =>
  Array.isArray(people) && people.includes(person);

export function systemMessageOf({ author_id, content, type_details }: Message): SystemMessage {
  return described(author_id, content, type_details);
}

/** A conversation's newest message, if it is a system message. */
export function lastSystemMessage({ sender_id, content, message_type }: LastMessage): SystemMessage | null {
  return message_type?.type === "system" ? described(sender_id, content, message_type) : null;
}

/** `called` is the name of the person who did it, if they have another one where it is shown. */
export function sentenceOf(
  needs: { session: Session; names: Names },
  system: SystemMessage,
  called?: string,
): string {
  const { kind, actor, others, name: title, seconds, at, content } = system;
  const isMine = actor === needs.session.user?.id;
  const isToMe = others.length === 1 && others[0] === needs.session.user?.id;
  const name = called ?? needs.names.ofPerson(actor ?? "");
  const people = listed(others.map((id) => needs.names.ofPerson(id)));
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
    case "call":
      if (seconds !== null) return words.call({ duration: duration(wholeMinutes(seconds)) });
      return isMine ? words.notAnswered : words.missedCall({ name });
    case "pin":
      return isMine ? words.youPinned : words.pinned({ name });
    case "event_reminder":
      return words.eventReminder({ when: shortDateAndTime(at ?? new Date(0)) });
    case "event_cancelled":
      return words.eventCancelled({ when: shortDateAndTime(at ?? new Date(0)) });
    default:
      return content;
  }
}

const wholeMinutes = (seconds: number): number => Math.max(1, Math.round(seconds / 60)) * 60;

function described(actor: Id | null, content: string, details: Details): SystemMessage {
  const { kind, user_id, name, seconds, message_id, event_id, starts_at } = details ?? {};
  return {
    kind: String(kind ?? ""),
    actor,
    others: typeof user_id === "string" ? [user_id] : [],
    name: typeof name === "string" ? name : null,
    seconds: typeof seconds === "number" ? seconds : null,
    pinned: kind === "pin" && typeof message_id === "string" ? message_id : null,
    event: isAboutEvent(kind) && typeof event_id === "string" ? event_id : null,
    at: typeof starts_at === "string" ? new Date(starts_at) : null,
    content,
  };
}
