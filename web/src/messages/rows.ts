// What stands in the message list: days, the line where the unread part begins, messages, and texts that are
// still on their way. A message keeps its row when it is confirmed, because both carry the same key. A row of which
// nothing changed stays the same object, so that only what changed is drawn again, however many rows there are.
import type { Id, Message } from "../api/types";
import type { Outgoing } from "../store/outbox.svelte";
import { dayName } from "../text/time";
import { happeningOf, isHappening, type Happening } from "./happenings";

export interface MessageEntry {
  kind: "message";
  key: string;
  author: Id | null;
  content: string;
  at: Date;
  /** The day of `at`, where the person is. */
  day: string;
  isCompact: boolean;
  message: Message | null;
  outgoing: Outgoing | null;
}

/** What happened to a group; of several people whom one person added, a single row. */
export interface HappeningEntry {
  kind: "happening";
  key: string;
  at: Date;
  day: string;
  /** The first that tells of it. */
  message: Message;
  happening: Happening;
}

export type Mark = { kind: "day"; key: string; name: string } | { kind: "new"; key: string };
export type Row = Mark | MessageEntry | HappeningEntry;

type Entry = MessageEntry | HappeningEntry;

export interface RowSource {
  messages: Message[];
  outgoing: Outgoing[];
  me: Id;
  /** Messages of others after this position are new; undefined when nothing is. */
  seenTo: number | undefined;
  /** Whether the first of the messages is the first of all. */
  reachesStart: boolean;
}

const GROUP_MS = 7 * 60_000;

export function rowsOf({ messages, outgoing, me, seenTo, reachesStart }: RowSource): Row[] {
  const entries: Entry[] = [
    ...messages.map((message) => (isHappening(message) ? happened(message) : confirmed(message))),
    ...unconfirmed(outgoing, messages, me).map((text) => waiting(text, me)),
  ];
  const rows: Row[] = [];
  let before: Entry | null = null;
  // The line stands where reading ended, not at the first message that happens to be held.
  let hasLine: boolean = !reachesStart && seenTo !== undefined && (messages[0]?.seq ?? 0) > seenTo;
  for (const entry of entries) {
    const isNewDay: boolean = before?.day !== entry.day;
    if (isNewDay) rows.push({ kind: "day", key: `day ${entry.day}`, name: dayName(entry.at) });
    const isFirstNew: boolean = !hasLine && isNew(entry, me, seenTo);
    if (isFirstNew) rows.push({ kind: "new", key: "new" });
    hasLine ||= isFirstNew;
    const belongs: boolean = !isNewDay && !isFirstNew && before !== null && belongsTo(before, entry, me);
    if (entry.kind === "message") rows.push(belongs ? compact(entry) : entry);
    else if (belongs) rows.push(joined(rows.pop() as HappeningEntry, entry));
    else rows.push(entry);
    before = entry;
  }
  return rows;
}

/** A message may be heard of before its own sending is answered. */
function unconfirmed(outgoing: Outgoing[], messages: Message[], me: Id): Outgoing[] {
  if (!outgoing.length) return outgoing;
  const own = new Set(messages.map(({ author_id, nonce }) => (author_id === me ? nonce : null)));
  return outgoing.filter(({ nonce }) => !own.has(nonce));
}

/** Whose names its row shows. */
export function peopleIn({ author, message }: MessageEntry): Id[] {
  return [...(author ? [author] : []), ...(message?.mention_user_ids ?? [])];
}

function isNew({ kind, message }: Entry, me: Id, seenTo: number | undefined): boolean {
  if (kind === "happening") return false;
  return message !== null && seenTo !== undefined && message.seq > seenTo && message.author_id !== me;
}

function belongsTo(before: Entry, entry: Entry, me: Id): boolean {
  if (entry.at.getTime() - before.at.getTime() >= GROUP_MS) return false;
  if (before.kind === "message" || entry.kind === "message")
    return before.kind === "message" && entry.kind === "message" && before.author === entry.author;
  return [before, entry].every(({ happening }) => isComing(happening, before.happening.actor, me));
}

/** Whether somebody added another than me, of whom it can be said together with others. */
function isComing({ kind, actor, others }: Happening, by: Id | null, me: Id): boolean {
  return kind === "participant_add" && actor === by && !others.includes(me);
}

function joined(first: HappeningEntry, { happening }: HappeningEntry): HappeningEntry {
  const others = [...new Set([...first.happening.others, ...happening.others])];
  return { ...first, happening: { ...first.happening, others } };
}

function happened(message: Message): HappeningEntry {
  const at = new Date(message.created_at);
  const day = at.toDateString();
  return { kind: "happening", key: message.id, at, day, message, happening: happeningOf(message) };
}

/** What each message was made into, as long as somebody holds the message. */
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
    content: message.content,
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
