// Messages between the tabs of one account in one browser, and locks for what only one tab does at a time. Web Locks
// exist in secure contexts only; on plain HTTP at home, tabs are not coordinated, and nonces prevent duplicates.
import type { Id } from "../api/types";

export class Tabs<Message> {
  private channel: BroadcastChannel | null = null;
  private name = "";

  constructor(private readonly received: (message: Message) => void) {}

  join(owner: Id): void {
    this.leave();
    this.name = `coterie-${owner}`;
    this.channel = new BroadcastChannel(this.name);
    this.channel.onmessage = (event: MessageEvent<Message>) => this.received(event.data);
  }

  leave(): void {
    this.channel?.close();
    this.channel = null;
  }

  broadcast(message: Message): void {
    this.channel?.postMessage(message);
  }

  /** Does the work in one tab at a time. With a signal, a tab that waits gives up, which rejects. */
  async alone<T>(what: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (!("locks" in navigator)) return work();
    return navigator.locks.request(`${this.name}-${what}`, signal ? { signal } : {}, work);
  }

  /** Does the work in the first tab that asks; the others skip it while that tab is at it. */
  async once(what: string, work: () => Promise<void>): Promise<void> {
    if (!("locks" in navigator)) return work();
    const name = `${this.name}-${what}`;
    await navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? work() : undefined));
  }
}
