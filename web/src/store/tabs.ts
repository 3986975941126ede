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

  async alone<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (!("locks" in navigator)) return work();
    return navigator.locks.request(`${this.name}-${what}`, work);
  }
}
