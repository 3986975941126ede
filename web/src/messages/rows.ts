// What stands in the message list: days, the line where the unread part begins, messages, and texts that are
// still on their way. A message keeps its row when it is confirmed, because both carry the same key.
import type { Id, Message } from "../api/types";
import type { Outgoing } from "../store/outbox.svelte";
import { dayName, isSameDay } from "../text/time";

export interface MessageEntry {
  kind: "message";
  key: string;
  author: Id | null;
  content: string;
  at: Date;
  isCompact: boolean;
  message: Message | null;
  outgoing: Outgoing | null;
}

export type Row = { kind: "day"; key: string; name: string } | { kind: "new"; key: string } | MessageEntry;

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
  const entries = [
    ...messages.map((message) => confirmed(message)),
    ...outgoing.map((text) => waiting(text, me)),
  ];
  const rows: Row[] = [];
  let before: MessageEntry | null = null;
  // The line stands where reading ended, not at the first message that happens to be held.
  let hasLine: boolean = !reachesStart && seenTo !== undefined && (messages[0]?.seq ?? 0) > seenTo;
  for (const entry of entries) {
    const isNewDay: boolean = !before || !isSameDay(before.at, entry.at);
    if (isNewDay) rows.push({ kind: "day", key: `day ${entry.at.toDateString()}`, name: dayName(entry.at) });
    const isFirstNew: boolean = !hasLine && isNew(entry, me, seenTo);
    if (isFirstNew) rows.push({ kind: "new", key: "new" });
    hasLine ||= isFirstNew;
    const isCompact = !isNewDay && !isFirstNew && before !== null && belongsTo(before, entry);
    rows.push({ ...entry, isCompact });
    before = entry;
  }
  return rows;
}

function isNew({ message }: MessageEntry, me: Id, seenTo: number | undefined): boolean {
  return message !== null && seenTo !== undefined && message.seq > seenTo && message.author_id !== me;
}

function belongsTo(before: MessageEntry, entry: MessageEntry): boolean {
  return before.author === entry.author && entry.at.getTime() - before.at.getTime() < GROUP_MS;
}

function confirmed(message: Message): MessageEntry {
  return {
    kind: "message",
    key: message.nonce ? `${message.author_id} ${message.nonce}` : message.id,
    author: message.author_id,
    content: message.content,
    at: new Date(message.created_at),
    isCompact: false,
    message,
    outgoing: null,
  };
}

function waiting(outgoing: Outgoing, me: Id): MessageEntry {
  return {
    kind: "message",
    key: `${me} ${outgoing.nonce}`,
    author: me,
    content: outgoing.content,
    at: outgoing.createdAt,
    isCompact: false,
    message: null,
    outgoing,
  };
}
