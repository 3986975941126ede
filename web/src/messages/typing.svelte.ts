// Who is typing where. A typing notice expires by itself; a message from that person ends it.
import { SvelteMap } from "svelte/reactivity";
import type { Id } from "../api/types";

const LASTS_MS = 8_000;
const REPEAT_MS = 4_000;

export class TypingNotices {
  private readonly writers = new SvelteMap<string, { channel: Id; user: Id }>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private lastAnnounced = { channel: "", at: 0 };

  constructor(private readonly announce: (channel: Id) => void) {}

  in(channel: Id): Id[] {
    return [...this.writers.values()].filter((entry) => entry.channel === channel).map((entry) => entry.user);
  }

  started(channel: Id, user: Id): void {
    const key = `${channel} ${user}`;
    this.writers.set(key, { channel, user });
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => this.ended(channel, user), LASTS_MS),
    );
  }

  ended(channel: Id, user: Id): void {
    const key = `${channel} ${user}`;
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
    this.writers.delete(key);
  }

  /** The user is typing: others are notified, but not on every key. */
  iWrite(channel: Id): void {
    const now = Date.now();
    if (this.lastAnnounced.channel === channel && now - this.lastAnnounced.at < REPEAT_MS) return;
    this.lastAnnounced = { channel, at: now };
    this.announce(channel);
  }

  /** The message was sent or deleted, so the next key starts a new notice. */
  iStopped(): void {
    this.lastAnnounced = { channel: "", at: 0 };
  }
}
