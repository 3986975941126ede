// The rows of the message list: days, the line where unread messages begin, messages, and outgoing messages. A message
// keeps its row when it is confirmed, because both have the same key. A row without changes stays the same object, so
// only what changed is drawn again, however many rows there are.
//
// No virtual scrolling with estimated heights, nor `content-visibility`: rows have any height, a wrong guess moves what
// you read, and find-in-page and screen readers end at the view's edge.
import type { Id, Message } from "../api/types";
import type { Outgoing } from "../messages/outbox.svelte";
import { dayName } from "../text/time";
import {
  isNewTo,
  isSystemMessage,
  systemMessageOf,
  type SystemMessage,
} from "../conversations/systemmessages";

export interface MessageEntry {
  kind: "message";
  key: string;
  author: Id | null;
  content: string;
  at: Date;
  /** The day of `at`, in the user's time zone. */
  day: string;
  isCompact: boolean;
  message: Message | null;
  outgoing: Outgoing | null;
}

/** A change of a group, a call or a pin; if one person added several people, a single row for all of them. */
export interface SystemEntry {
  kind: "system";
  key: string;
  at: Date;
  day: string;
  /** The first of its system messages. */
  message: Message;
  system: SystemMessage;
}

export type Mark = { kind: "day"; key: string; name: string } | { kind: "new"; key: string };
export type Row = Mark | MessageEntry | SystemEntry;

type Entry = MessageEntry | SystemEntry;

export interface RowSource {
  messages: Message[];
  outgoing: Outgoing[];
  me: Id;
  /** Messages by others after this position are new; undefined if there are none. */
  seenTo: number | undefined;
  /** Whether the first held message is the channel's first. */
  reachesStart: boolean;
}

const GROUP_MS = 7 * 60_000;

export function rowsOf({ messages, outgoing, me, seenTo, reachesStart }: RowSource): Row[] {
  const entries: Entry[] = [
    ...messages.map((message) => (isSystemMessage(message) ? systemEntry(message) : confirmed(message))),
    ...unconfirmed(outgoing, messages, me).map((text) => waiting(text, me)),
  ];
  const rows: Row[] = [];
  let before: Entry | null = null;
  // The line is where reading ended, not at the first message that happens to be held.
  let hasLine: boolean = !reachesStart && seenTo !== undefined && (messages[0]?.seq ?? 0) > seenTo;
  for (const entry of entries) {
    const isNewDay: boolean = before?.day !== entry.day;
    if (isNewDay) rows.push({ kind: "day", key: `day ${entry.day}`, name: dayName(entry.at) });
    const isFirstNew: boolean = !hasLine && isNew(entry, me, seenTo);
    if (isFirstNew) rows.push({ kind: "new", key: "new" });
    hasLine ||= isFirstNew;
    const belongs: boolean = !isNewDay && !isFirstNew && before !== null && belongsTo(before, entry, me);
    if (entry.kind === "message") rows.push(belongs ? compact(entry) : entry);
    else if (belongs) rows.push(joined(rows.pop() as SystemEntry, entry));
    else rows.push(entry);
    before = entry;
  }
  return rows;
}

/** The event of a message may arrive before the response to sending it. */
function unconfirmed(outgoing: Outgoing[], messages: Message[], me: Id): Outgoing[] {
  if (!outgoing.length) return outgoing;
  const own = new Set(messages.map(({ author_id, nonce }) => (author_id === me ? nonce : null)));
  return outgoing.filter(({ nonce }) => !own.has(nonce));
}

/** The people whose names the row shows. */
/** Whether its text cannot be edited: what it asks or announces is not its text. */
export const isFixed = (message: Message | null): boolean => Boolean(message?.poll ?? message?.event);

export function peopleIn({ author, message }: MessageEntry): Id[] {
  return [...(author ? [author] : []), ...(message?.mention_user_ids ?? [])];
}

function isNew({ message }: Entry, me: Id, seenTo: number | undefined): boolean {
  return message !== null && seenTo !== undefined && message.seq > seenTo && isNewTo(me, message);
}

function belongsTo(before: Entry, entry: Entry, me: Id): boolean {
  if (entry.at.getTime() - before.at.getTime() >= GROUP_MS) return false;
  if (before.kind === "message" || entry.kind === "message")
    return before.kind === "message" && entry.kind === "message" && before.author === entry.author;
  return [before, entry].every(({ system }) => isComing(system, before.system.actor, me));
}

/** Whether someone added another person than the user, and can share a row with others. */
function isComing({ kind, actor, others }: SystemMessage, by: Id | null, me: Id): boolean {
  return kind === "participant_add" && actor === by && !others.includes(me);
}

function joined(first: SystemEntry, { system }: SystemEntry): SystemEntry {
  const others = [...new Set([...first.system.others, ...system.others])];
  return { ...first, system: { ...first.system, others } };
}

function systemEntry(message: Message): SystemEntry {
  const at = new Date(message.created_at);
  const day = at.toDateString();
  return { kind: "system", key: message.id, at, day, message, system: systemMessageOf(message) };
}

/** The entry of each message, as long as the message is held. */
const made = new WeakMap<Message, MessageEntry>();
const compacted = new WeakMap<MessageEntry, MessageEntry>();

function confirmed(message: Message): MessageEntry {
  const known = made.get(message);
  if (known) return known;
  const at = new Date(message.created_at);
  const entry: MessageEntry = {
    kind: "message",
    key: message.nonce ? `${message.author_id} ${message.nonce}` : message.id,
    author: message.author_id,
    content: message.poll?.question ?? message.event?.name ?? message.content,
    at,
    day: at.toDateString(),
    isCompact: false,
    message,
    outgoing: null,
  };
  made.set(message, entry);
  return entry;
}

function compact(entry: MessageEntry): MessageEntry {
  const known = compacted.get(entry) ?? { ...entry, isCompact: true };
  compacted.set(entry, known);
  return known;
}

function waiting(outgoing: Outgoing, me: Id): MessageEntry {
  return {
    kind: "message",
    key: `${me} ${outgoing.nonce}`,
    author: me,
    content: outgoing.content,
    at: outgoing.createdAt,
    day: outgoing.createdAt.toDateString(),
    isCompact: false,
    message: null,
    outgoing,
  };
}
