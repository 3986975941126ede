// What was written here and is not confirmed yet. Each text carries one key from the first attempt to the
// last, so however often it is sent it becomes one message. A channel's texts go one after the other.
import type { Api } from "../api/api";
import { Failure, sentenceOf } from "../api/failure";
import type { Id, Message } from "../api/types";
import { makeKey } from "./identity";

export interface Outgoing {
  nonce: string;
  channel: Id;
  content: string;
  answers: Id | null;
  state: "sending" | "failed";
  reason: string;
  createdAt: Date;
}

const MOST_WAIT_SECONDS = 20;

export class Outbox {
  entries = $state<Outgoing[]>([]);
  private readonly tails = new Map<Id, Promise<void>>();

  constructor(
    private readonly api: Api,
    private readonly confirmed: (message: Message) => void,
    private readonly refused: (place: Id, error: unknown) => void = () => undefined,
  ) {}

  of(channel: Id): Outgoing[] {
    return this.entries.filter((entry) => entry.channel === channel);
  }

  add(channel: Id, content: string, answers: Id | null = null): string {
    const entry: Outgoing = {
      nonce: makeKey(),
      channel,
      content,
      answers,
      state: "sending",
      reason: "",
      createdAt: new Date(),
    };
    this.entries.push(entry);
    this.enqueue(entry.nonce, channel);
    return entry.nonce;
  }

  retry(nonce: string): void {
    const entry = this.find(nonce);
    if (entry?.state !== "failed") return;
    entry.state = "sending";
    this.enqueue(nonce, entry.channel);
  }

  /** After a reconnection: everything that failed goes out again under its own key. */
  retryAll(): void {
    for (const entry of this.entries) this.retry(entry.nonce);
  }

  discard(nonce: string): void {
    this.entries = this.entries.filter((entry) => entry.nonce !== nonce);
  }

  /** A message with this key exists: by the answer or by the event, whichever came first. */
  settle(message: Message): void {
    if (message.nonce !== null && this.find(message.nonce)) this.discard(message.nonce);
  }

  clear(): void {
    this.entries = [];
  }

  private enqueue(nonce: string, channel: Id): void {
    const before = this.tails.get(channel) ?? Promise.resolve();
    this.tails.set(
      channel,
      before.then(() => this.send(nonce)),
    );
  }

  private async send(nonce: string): Promise<void> {
    const entry = this.find(nonce);
    if (!entry) return;
    try {
      this.confirmed(await this.patiently(entry));
    } catch (error) {
      const remaining = this.find(nonce);
      if (remaining) Object.assign(remaining, { state: "failed", reason: sentenceOf(error) });
      this.refused(entry.channel, error);
    }
  }

  /** Waits once when the server asks for a short pause. */
  private async patiently(entry: Outgoing): Promise<Message> {
    const attempt = () => this.api.sendMessage(entry.channel, entry.content, entry.nonce, entry.answers);
    try {
      return await attempt();
    } catch (error) {
      const wait = error instanceof Failure && error.status === 429 ? (error.retryAfterSeconds ?? 1) : null;
      if (wait === null || wait > MOST_WAIT_SECONDS) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
      return attempt();
    }
  }

  private find(nonce: string): Outgoing | undefined {
    return this.entries.find((entry) => entry.nonce === nonce);
  }
}
