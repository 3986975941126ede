// Unread counts, as the server counts: READY contains them, messages by others add to them, and a read mark that this
// or another device sets reduces them.
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { Api } from "../api/api";
import { Failure } from "../api/failure";
import type { Id, Message, UnreadCount } from "../api/types";

/** What a reader goes to without loading everything after it. */
export type FirstUnread = Pick<Message, "id" | "created_at">;

/** From here on, the server counts no further. */
export const MOST_COUNTED = 100;

interface Unseen {
  count: number;
  mentions: number;
  /** Just before the first unread message. */
  seenTo: number;
  /** The first unread message, where it is known without its channel's history. */
  first: FirstUnread | null;
  /** The server has counted up to here: events up to here add nothing. */
  countedTo: number;
}

/** At least this long between two read marks of one channel. */
const PAUSE_MS = 2_000;

export class Unread {
  private readonly channels = new SvelteMap<Id, Unseen>();
  private readonly latest = new Map<Id, number>();
  /** The user's read marks, as far as the server told them. */
  private readonly marks = new Map<Id, number>();
  private readonly seen = new Map<Id, Id>();
  private readonly told = new Map<Id, Id>();
  /** Channels that the user marked as unread, until they open them again. */
  private readonly held = new SvelteSet<Id>();
  private readonly waiting = new Map<Id, ReturnType<typeof setTimeout>>();
  private readonly unsent = new Set<Id>();
  /** What arrived while the counts were being fetched: the answer may not include it. */
  private meanwhile: [Message, boolean][] = [];
  private isAsking = false;
  private isStale = false;

  constructor(private readonly api: Api) {}

  adopt(counts: UnreadCount[]): void {
    const unread = new Set(counts.map((each) => each.channel_id));
    for (const id of [...this.channels.keys()]) if (!unread.has(id)) this.channels.delete(id);
    for (const { channel_id, unread_count, mention_count, read_position, counted_to, ...rest } of counts) {
      const { first_id: id, first_at: created_at } = rest;
      this.channels.set(channel_id, {
        count: unread_count,
        mentions: mention_count,
        seenTo: read_position,
        first: id && created_at ? { id, created_at } : null,
        countedTo: counted_to,
      });
      this.marks.set(channel_id, read_position);
    }
    for (const id of this.unsent) this.send(id);
  }

  /** Counts that may be older than what arrived meanwhile. */
  private adoptLate(counts: UnreadCount[]): void {
    this.adopt(counts);
    for (const [message, isMention] of this.meanwhile) this.add(message, isMention);
  }

  all(): UnreadCount[] {
    return [...this.channels].map(([channel_id, { count, mentions, seenTo, first, countedTo }]) => ({
      channel_id,
      unread_count: count,
      mention_count: mentions,
      read_position: seenTo,
      counted_to: countedTo,
      first_id: first?.id ?? null,
      first_at: first?.created_at ?? null,
    }));
  }

  /**
   * Fetches the counts again, after something was missed or a mark was set in the middle; several reasons lead to one
   * request.
   */
  refetch(): void {
    if (this.isAsking) {
      this.isStale = true;
      return;
    }
    this.isAsking = true;
    this.api
      .unread()
      .then(
        (counts) => this.adoptLate(counts),
        () => undefined, // the next READY has them
      )
      .finally(() => {
        this.isAsking = false;
        this.meanwhile = [];
        if (!this.isStale) return;
        this.isStale = false;
        this.refetch();
      });
  }

  arrived(message: Message, isMention: boolean): void {
    if (this.isAsking) this.meanwhile.push([message, isMention]);
    this.add(message, isMention);
  }

  /** Unless the server has counted it already, or the user has read it on another device. */
  private add(message: Message, isMention: boolean): void {
    const { channel_id, seq } = message;
    this.latest.set(channel_id, Math.max(seq, this.latest.get(channel_id) ?? 0));
    const known = this.channels.get(channel_id);
    if (seq <= (known?.countedTo ?? this.marks.get(channel_id) ?? 0)) return;
    const { count = 0, mentions = 0, seenTo = seq - 1, first = message } = known ?? {};
    if (!this.marks.has(channel_id)) this.marks.set(channel_id, seenTo);
    this.channels.set(channel_id, {
      count: count + 1,
      mentions: mentions + (isMention ? 1 : 0),
      seenTo,
      first: first && { id: first.id, created_at: first.created_at },
      countedTo: seq,
    });
    if (!first && count + 1 === MOST_COUNTED) this.refetch();
  }

  deleted({ channel_id, id, seq }: Message): void {
    this.meanwhile = this.meanwhile.filter(([each]) => each.channel_id !== channel_id || each.seq !== seq);
    const known = this.channels.get(channel_id);
    if (!known || seq <= known.seenTo) return;
    const first = known.first?.id === id ? null : known.first;
    if (known.count > 1) this.channels.set(channel_id, { ...known, first, count: known.count - 1 });
    else this.channels.delete(channel_id);
    if (first !== known.first && known.count >= MOST_COUNTED) this.refetch();
  }

  /** One of the user's devices has read a channel up to a position, or marked what follows as unread. */
  marked(channel: Id, position: number): void {
    const latest = this.latest.get(channel);
    const before = this.marks.get(channel);
    this.marks.set(channel, position);
    if (before !== undefined && position < before) this.held.add(channel);
    if (before === undefined || position < before) this.refetch();
    else if (latest !== undefined && position >= latest) this.channels.delete(channel);
    else if (this.channels.has(channel)) this.refetch();
  }

  /**
   * The user has seen it up to a message: no further, because others see this, and more may have arrived meanwhile.
   * `isNewest` says whether nothing unread follows.
   */
  mark(channel: Id, { id, seq }: Pick<Message, "id" | "seq">, isNewest = true): void {
    this.seen.set(channel, id);
    this.meanwhile = this.meanwhile.filter(
      ([message]) => message.channel_id !== channel || message.seq > seq,
    );
    const known = this.channels.get(channel);
    if (!known) return;
    if (isNewest) this.channels.delete(channel);
    else this.channels.set(channel, { ...known, seenTo: seq, first: null });
    if (this.waiting.has(channel)) return;
    this.send(channel);
    this.waiting.set(
      channel,
      setTimeout(() => this.sendLater(channel), PAUSE_MS),
    );
  }

  /** Marks a message and all later ones as unread, until the user opens the channel again. */
  async markUnread({ channel_id, id }: Pick<Message, "channel_id" | "id">): Promise<void> {
    this.held.add(channel_id);
    this.seen.delete(channel_id);
    await this.api.markUnread(channel_id, id);
    this.refetch();
  }

  /**
   * Marks everything in a channel as read. It is shown as read once the server says up to where: a message that arrives
   * before that may not be included.
   */
  async markChannelRead(channel: Id): Promise<void> {
    await this.api.ackAll(channel);
    this.held.delete(channel);
  }

  /** Marks everything in a server as read, in the same way; these are its channels. */
  async markServerRead(server: Id, channels: readonly Id[]): Promise<void> {
    await this.api.ackServer(server);
    for (const channel of channels) this.held.delete(channel);
  }

  /** The user opened it: what they see is read from now on. */
  opened(channel: Id): void {
    this.held.delete(channel);
  }

  isHeld(channel: Id): boolean {
    return this.held.has(channel);
  }

  /** The page may be closed: pending marks are sent now. */
  flush(): void {
    for (const [channel, timer] of this.waiting) {
      clearTimeout(timer);
      this.sendLater(channel);
    }
  }

  private sendLater(channel: Id): void {
    this.waiting.delete(channel);
    const seen = this.seen.get(channel);
    if (seen && seen !== this.told.get(channel)) this.send(channel);
  }

  seenTo(channel: Id): number | undefined {
    return this.channels.get(channel)?.seenTo;
  }

  /** The first unread message, if more follow it than are worth loading to find it. */
  farFirst(channel: Id): FirstUnread | null {
    const known = this.channels.get(channel);
    return known && known.count >= MOST_COUNTED ? known.first : null;
  }

  has(channel: Id): boolean {
    return this.channels.has(channel);
  }

  count(channel: Id): number {
    return this.channels.get(channel)?.count ?? 0;
  }

  mentions(channel: Id): number {
    return this.channels.get(channel)?.mentions ?? 0;
  }

  /** The user can no longer view it, so nothing in it must be marked. */
  forget(channel: Id): void {
    clearTimeout(this.waiting.get(channel));
    this.waiting.delete(channel);
    this.channels.delete(channel);
    this.latest.delete(channel);
    this.marks.delete(channel);
    this.told.delete(channel);
    this.held.delete(channel);
    this.seen.delete(channel);
    this.unsent.delete(channel);
  }

  clear(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
    this.channels.clear();
    this.latest.clear();
    this.marks.clear();
    this.told.clear();
    this.held.clear();
    this.seen.clear();
    this.unsent.clear();
  }

  /** What does not arrive is sent again after the server is reachable. */
  private send(channel: Id): void {
    this.unsent.delete(channel);
    this.told.set(channel, this.seen.get(channel)!);
    this.api.ack(channel, this.seen.get(channel)!).catch((error: unknown) => {
      if (error instanceof Failure && error.isPassing && this.seen.has(channel)) this.unsent.add(channel);
    });
  }
}
