// One channel's messages: a contiguous window of its history, bounded in length, ordered by `seq`. A message is
// replaced only by a newer `version` of itself, so events, responses and pages may arrive in any order.
import type { Id, Message } from "../api/types";

const LEAST = 150;
const HEIGHTS = 6;
const ROW_PX = 44;

/**
 * The window holds at most this many messages; more are fetched again when scrolled to. Every row costs time whenever
 * one is added above it, so there are only as many as fill the screen several times.
 */
export const MOST = Math.max(LEAST, Math.ceil(((globalThis.innerHeight ?? 0) * HEIGHTS) / ROW_PX));

/** The newer end may grow to this, so that a user who reads older messages does not lose their position. */
export const MOST_WHILE_READING = 600;

const MOST_RECENT = 200;

export class Timeline {
  messages = $state.raw<Message[]>([]);
  reachesStart = $state(false);
  reachesPresent = $state(false);
  isLoaded = $state(false);

  /** Whether the user is reading an older part of it. */
  isReading = false;

  /** Versions of deleted messages, so that a page requested earlier does not bring them back. */
  private readonly removed = new Map<Id, number>();

  /** Recent live messages and changes: a page that was read before them, but arrives after them, is without them. */
  private recent: Message[] = [];

  constructor(private readonly most = MOST) {}

  get oldest(): Message | undefined {
    return this.messages[0];
  }

  get newest(): Message | undefined {
    return this.messages.at(-1);
  }

  /** Starts again with one contiguous piece of history. */
  replace(page: Message[], ends: { reachesStart: boolean; reachesPresent: boolean }): void {
    this.messages = this.joined(ends.reachesPresent ? this.recentAfter(page.at(-1)) : [], page);
    this.reachesStart = ends.reachesStart;
    this.reachesPresent = ends.reachesPresent;
    this.isLoaded = true;
  }

  /** Adds the messages before the oldest one. If the window gets too long, the newest are dropped. */
  prepend(page: Message[], reachesStart: boolean): void {
    const all = this.joined(this.messages, page);
    this.reachesStart = reachesStart;
    if (all.length > this.most) this.reachesPresent = false;
    this.messages = all.slice(0, this.most);
  }

  /** Adds the messages after the newest one. If the window gets too long, the oldest are dropped. */
  extend(page: Message[], reachesPresent: boolean): void {
    const live = reachesPresent ? this.recentAfter(this.newest) : [];
    const all = this.joined([...this.messages, ...live], page);
    this.reachesPresent = reachesPresent;
    this.keepNewest(all, this.most);
  }

  /** A live change. Returns whether the message is in the window now. */
  apply(message: Message): boolean {
    if (message.deleted) this.removed.set(message.id, message.version);
    this.recent = [...this.recent.slice(1 - MOST_RECENT), message];
    if (this.find(message.id)) {
      this.messages = this.joined(this.messages, [message]);
      return true;
    }
    const isNewest = message.seq > (this.newest?.seq ?? 0);
    if (!this.isLoaded || (isNewest && !this.reachesPresent)) return false;
    if (!isNewest && message.seq < (this.oldest?.seq ?? 0)) return false;
    const all = this.joined(this.messages, [message]);
    if (this.isReading && all.length > MOST_WHILE_READING) {
      this.reachesPresent = false;
      return false;
    }
    this.keepNewest(all, this.isReading ? MOST_WHILE_READING : this.most);
    return true;
  }

  find(id: Id): Message | undefined {
    return this.messages.find((message) => message.id === id);
  }

  private recentAfter(message: Message | undefined): Message[] {
    return this.recent.filter((live) => live.seq > (message?.seq ?? 0));
  }

  private joined(held: Message[], added: Message[]): Message[] {
    const ids = new Set(added.map(({ id }) => id));
    const changed = this.recent.filter(({ id }) => ids.has(id));
    const all = merged(held, [...added, ...changed]);
    return all.filter((message) => (this.removed.get(message.id) ?? -1) < message.version);
  }

  private keepNewest(all: Message[], most: number): void {
    if (all.length > most) this.reachesStart = false;
    this.messages = all.slice(-most);
  }
}

/** Both lists as one, by `seq`, each message in its newest version, without tombstones. */
function merged(held: Message[], added: Message[]): Message[] {
  const byId = new Map(held.map((message) => [message.id, message]));
  for (const message of added) {
    const known = byId.get(message.id);
    if (!known || message.version >= known.version) byId.set(message.id, message);
  }
  return [...byId.values()].filter((message) => !message.deleted).sort((a, b) => a.seq - b.seq);
}
