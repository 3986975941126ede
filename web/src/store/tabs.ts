// What the tabs of one account in one browser say to each other, and what only one of them does at a time. Web Locks
// exist in secure contexts only; on plain http at home tabs go unordered, and the keys of texts keep them single.
import type { Id } from "../api/types";

export class Tabs<Message> {
  private channel: BroadcastChannel | null = null;
  private name = "";

  constructor(private readonly heard: (message: Message) => void) {}

  join(owner: Id): void {
    this.leave();
    this.name = `coterie-${owner}`;
    this.channel = new BroadcastChannel(this.name);
    this.channel.onmessage = (event: MessageEvent<Message>) => this.heard(event.data);
  }

  leave(): void {
    this.channel?.close();
    this.channel = null;
  }

  tell(message: Message): void {
    this.channel?.postMessage(message);
  }

  async alone<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (!("locks" in navigator)) return work();
    return navigator.locks.request(`${this.name}-${what}`, work);
  }
}
