// Who is writing where. A notice fades by itself; a message from the person ends it.
import { SvelteMap } from "svelte/reactivity";
import type { Id } from "../api/types";

const LASTS_MS = 8_000;
const REPEAT_MS = 4_000;

export class TypingNotices {
  private readonly writers = new SvelteMap<string, { channel: Id; user: Id }>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private lastTold = { channel: "", at: 0 };

  constructor(private readonly tell: (channel: Id) => void) {}

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

  /** I am writing: the others are told, but not at every key. */
  iWrite(channel: Id): void {
    const now = Date.now();
    if (this.lastTold.channel === channel && now - this.lastTold.at < REPEAT_MS) return;
    this.lastTold = { channel, at: now };
    this.tell(channel);
  }

  /** What I wrote is sent or deleted, so the next key begins a new notice. */
  iStopped(): void {
    this.lastTold = { channel: "", at: 0 };
  }
}
