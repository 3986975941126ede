// Which channels hold something that was not seen here yet, by comparing positions kept in the browser.
import { SvelteMap } from "svelte/reactivity";
import type { Id } from "../api/types";
import { keep, recallRecord } from "./storage";

export class Unread {
  private seen = new SvelteMap<Id, number>();
  private readonly latest = new SvelteMap<Id, number>();
  private key = "";

  /** Every person has marks of their own, also when two use one browser. */
  begin(user: Id): void {
    this.key = `coterie-seen-${user}`;
    this.latest.clear();
    this.seen = new SvelteMap(Object.entries(recallRecord<number>(this.key)));
  }

  adopt(positions: Record<Id, number>): void {
    for (const [topic, position] of Object.entries(positions)) this.latest.set(topic, position);
  }

  moved(channel: Id, position: number): void {
    if (position >= (this.latest.get(channel) ?? 0)) this.latest.set(channel, position);
  }

  /** A channel that was never seen begins as read: nobody wants a whole server in bold on the first day. */
  introduce(channel: Id): void {
    if (!this.seen.has(channel) && this.latest.has(channel)) this.mark(channel);
  }

  mark(channel: Id): void {
    const position = this.latest.get(channel) ?? 0;
    if (this.seen.get(channel) === position) return;
    this.seen.set(channel, position);
    keep(this.key, JSON.stringify(Object.fromEntries(this.seen)));
  }

  seenTo(channel: Id): number | undefined {
    return this.seen.get(channel);
  }

  has(channel: Id): boolean {
    const seen = this.seen.get(channel);
    return seen !== undefined && (this.latest.get(channel) ?? 0) > seen;
  }
}
