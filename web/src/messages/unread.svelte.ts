// Unread counts, as the server counts: READY contains them, messages by others add to them, and a read mark that this
// or another device sets reduces them.
import { SvelteMap } from "svelte/reactivity";
import type { Api } from "../api/api";
import { Failure } from "../api/failure";
import type { Id, Message, UnreadCount } from "../api/types";

interface Unseen {
  count: number;
  mentions: number;
  /** Just before the first unread message. */
  seenTo: number;
}

/** At least this long between two read marks of one channel. */
const PAUSE_MS = 2_000;

export class Unread {
  private readonly channels = new SvelteMap<Id, Unseen>();
  private readonly latest = new Map<Id, number>();
  private readonly seen = new Map<Id, Id>();
  private readonly waiting = new Map<Id, ReturnType<typeof setTimeout>>();
  private readonly unsent = new Set<Id>();
  private isAsking = false;
  private isStale = false;

  constructor(private readonly api: Api) {}

  adopt(counts: UnreadCount[]): void {
    const unread = new Set(counts.map((each) => each.channel_id));
    for (const id of [...this.channels.keys()]) if (!unread.has(id)) this.channels.delete(id);
    for (const { channel_id, unread_count, mention_count, read_position } of counts) {
      this.channels.set(channel_id, { count: unread_count, mentions: mention_count, seenTo: read_position });
    }
    for (const id of this.unsent) this.send(id);
  }

  all(): UnreadCount[] {
    return [...this.channels].map(([channel_id, { count, mentions, seenTo }]) => ({
      channel_id,
      unread_count: count,
      mention_count: mentions,
      read_position: seenTo,
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
        (counts) => this.adopt(counts),
        () => undefined, // the next READY has them
      )
      .finally(() => {
        this.isAsking = false;
        if (!this.isStale) return;
        this.isStale = false;
        this.refetch();
      });
  }

  arrived({ channel_id, seq }: Message, isMention: boolean): void {
    this.latest.set(channel_id, seq);
    const { count = 0, mentions = 0, seenTo = seq - 1 } = this.channels.get(channel_id) ?? {};
    this.channels.set(channel_id, { count: count + 1, mentions: mentions + (isMention ? 1 : 0), seenTo });
  }

  deleted({ channel_id, seq }: Message): void {
    const known = this.channels.get(channel_id);
    if (!known || seq <= known.seenTo) return;
    if (known.count > 1) this.channels.set(channel_id, { ...known, count: known.count - 1 });
    else this.channels.delete(channel_id);
  }

  /** One of the user's devices has read a channel up to a position. */
  marked(channel: Id, position: number): void {
    const latest = this.latest.get(channel);
    if (latest !== undefined && position >= latest) this.channels.delete(channel);
    else if (this.channels.has(channel)) this.refetch();
  }

  /** The user has seen it up to a message: no further, because others see this, and more may have arrived meanwhile. */
  mark(channel: Id, message: Id): void {
    this.seen.set(channel, message);
    if (!this.channels.delete(channel) || this.waiting.has(channel)) return;
    this.send(channel);
    this.waiting.set(
      channel,
      setTimeout(() => this.sendLater(channel), PAUSE_MS),
    );
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
    if (!this.channels.has(channel)) this.send(channel);
  }

  seenTo(channel: Id): number | undefined {
    return this.channels.get(channel)?.seenTo;
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
    this.seen.delete(channel);
    this.unsent.delete(channel);
  }

  clear(): void {
    for (const timer of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
    this.channels.clear();
    this.latest.clear();
    this.seen.clear();
    this.unsent.clear();
  }

  /** What does not arrive is sent again after the server is reachable. */
  private send(channel: Id): void {
    this.unsent.delete(channel);
    this.api.ack(channel, this.seen.get(channel)!).catch((error: unknown) => {
      if (error instanceof Failure && error.isPassing && this.seen.has(channel)) this.unsent.add(channel);
    });
  }
}
