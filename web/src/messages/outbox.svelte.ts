// Messages that were written here and are not confirmed yet. Each keeps one nonce for all attempts, so however often it
// is sent, it becomes one message. It is stored in the browser from before it is sent until it is confirmed, so it
// outlasts the page. A channel's messages are sent one after the other, whichever tab sends them.
import type { Api } from "../api/api";
import { Failure, sentenceOf } from "../api/failure";
import type { Id, Message } from "../api/types";
import { backoff } from "../sync/backoff";
import { makeKey } from "../store/identity";
import type { StoredText } from "../store/local/database";

export interface Outgoing {
  nonce: string;
  channel: Id;
  content: string;
  answers: Id | null;
  /** The message whose thread it is written in. */
  thread: Id | null;
  /** Waiting for the server to be reachable, being sent, or refused. */
  state: "waiting" | "sending" | "failed";
  reason: string;
  createdAt: Date;
}

export type OutboxAnnouncement =
  | { kind: "written"; text: StoredText }
  | { kind: "sent"; nonce: string; message: Message }
  | { kind: "discarded"; nonce: string };

export interface OutboxNeeds {
  api: Pick<Api, "sendMessage" | "replyInThread">;
  confirmed: (message: Message) => void;
  refused: (entry: Outgoing, error: unknown) => void;
  /** The stored messages, shared by all tabs. */
  kept: () => Promise<StoredText[]>;
  keep: (text: StoredText) => Promise<boolean>;
  isKept: (nonce: string) => Promise<boolean>;
  drop: (nonce: string) => void;
  /** Notifies the other tabs. */
  announce: (announcement: OutboxAnnouncement) => void;
  /** Runs `work` while no other tab does so for this channel. */
  alone: (channel: Id, work: () => Promise<void>) => Promise<void>;
}

/** The server may request a pause; if it is longer than this, the user decides when to retry. */
const LONGEST_PAUSE_SECONDS = 20;

export class Outbox {
  entries = $state<Outgoing[]>([]);
  private readonly keeping = new Map<string, Promise<boolean>>();
  private readonly busy = new Set<Id>();
  private readonly timers = new Map<Id, ReturnType<typeof setTimeout>>();
  private attempt = 0;
  private last = 0;

  constructor(private readonly needs: OutboxNeeds) {}

  /** Outgoing messages of a channel, or of a thread in it. */
  of(channel: Id, thread: Id | null = null): Outgoing[] {
    return this.queue(channel).filter((entry) => entry.thread === thread);
  }

  add(channel: Id, content: string, answers: Id | null = null, thread: Id | null = null): string {
    this.last = Math.max(Date.now(), this.last + 1);
    const createdAt = this.last;
    const text = { nonce: makeKey(), channel, content, answers, thread, createdAt, refusal: null };
    this.show(text, "sending");
    const kept = this.needs.keep(text);
    this.keeping.set(text.nonce, kept);
    void kept.then(() => this.needs.announce({ kind: "written", text }));
    void this.send(channel);
    return text.nonce;
  }

  retry(nonce: string): void {
    const entry = this.find(nonce);
    if (!entry || entry.state === "sending") return;
    Object.assign(entry, { state: "sending", reason: "" });
    void this.send(entry.channel);
  }

  /** Connected again: shows what other pages left, and sends everything that waits. */
  resume(): void {
    this.attempt = 0;
    void this.recall().then(() => {
      for (const channel of new Set(this.entries.map((entry) => entry.channel))) void this.send(channel);
    });
  }

  /** What was written before the page was loaded. */
  async recall(): Promise<void> {
    for (const text of await this.needs.kept()) this.show(text, "waiting");
  }

  /** Another tab wrote a message, sent one, or discarded one. */
  receive(announcement: OutboxAnnouncement): void {
    if (announcement.kind === "discarded") return this.remove(announcement.nonce);
    if (announcement.kind === "sent") return this.confirm(announcement.nonce, announcement.message);
    this.show(announcement.text, "sending");
    void this.send(announcement.text.channel);
  }

  has(nonce: string): boolean {
    return this.find(nonce) !== undefined;
  }

  discard(nonce: string): void {
    this.end(nonce);
    this.needs.announce({ kind: "discarded", nonce });
  }

  /** A message with this nonce exists: by the response or by the event, whichever came first. */
  settle(message: Message): void {
    if (message.nonce && this.has(message.nonce)) this.end(message.nonce);
  }

  /** The server has stored a message: its entry makes way for it. */
  private confirm(nonce: string, message: Message): void {
    if (this.has(nonce)) this.needs.confirmed(message);
    if (this.has(nonce)) this.end(nonce);
  }

  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const held of [this.timers, this.busy, this.keeping]) held.clear();
    this.entries = [];
  }

  /** A message that another page or tab has already stored. */
  private show(text: StoredText, waiting: "waiting" | "sending"): void {
    if (this.find(text.nonce)) return;
    this.keeping.set(text.nonce, Promise.resolve(true));
    const { refusal, createdAt, thread = null, ...rest } = text;
    const state = refusal === null ? waiting : "failed";
    const entry: Outgoing = { ...rest, thread, state, reason: refusal ?? "", createdAt: new Date(createdAt) };
    this.entries = [...this.entries, entry].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  }

  private end(nonce: string): void {
    this.remove(nonce);
    const kept = Promise.resolve(this.keeping.get(nonce));
    this.keeping.delete(nonce);
    void kept.then(() => this.needs.drop(nonce));
  }

  private remove(nonce: string): void {
    this.entries = this.entries.filter((entry) => entry.nonce !== nonce);
  }

  /** Sends a channel's waiting messages, oldest first, until something stops it. */
  private async send(channel: Id): Promise<void> {
    if (this.busy.has(channel)) return;
    this.busy.add(channel);
    clearTimeout(this.timers.get(channel));
    await this.needs.alone(channel, async () => {
      for (let next = this.next(channel); next; next = this.next(channel)) {
        if (await this.isSettled(next.nonce)) this.remove(next.nonce);
        else if (!(await this.deliver(next))) break;
      }
    });
    this.busy.delete(channel);
  }

  private next(channel: Id): Outgoing | undefined {
    return this.queue(channel).find((entry) => entry.state !== "failed");
  }

  /** Whether another tab has sent it, or discarded it, in the meantime. */
  private async isSettled(nonce: string): Promise<boolean> {
    return (await this.keeping.get(nonce)) === true && !(await this.needs.isKept(nonce));
  }

  /** Whether the next one can be sent. */
  private async deliver(entry: Outgoing): Promise<boolean> {
    const { nonce, channel, content, answers, thread } = entry;
    const { api } = this.needs;
    entry.state = "sending";
    try {
      const message = await (thread
        ? api.replyInThread({ channel_id: channel, id: thread }, content, nonce, answers)
        : api.sendMessage(channel, content, nonce, answers));
      this.attempt = 0;
      this.needs.announce({ kind: "sent", nonce, message }); // before it is dropped, so that no tab is without it meanwhile
      this.confirm(nonce, message);
      return true;
    } catch (error) {
      return this.failed(nonce, error);
    }
  }

  private failed(nonce: string, error: unknown): boolean {
    const entry = this.find(nonce);
    if (!entry) return true;
    const wait = pauseAfter(error, this.attempt);
    if (wait === null) {
      Object.assign(entry, { state: "failed", reason: sentenceOf(error) });
      void this.needs.keep(keptOf(entry));
      this.needs.refused(entry, error);
      return true;
    }
    this.attempt += 1;
    for (const each of this.queue(entry.channel)) if (each.state === "sending") each.state = "waiting";
    this.timers.set(
      entry.channel,
      setTimeout(() => void this.send(entry.channel), wait),
    );
    return false;
  }

  private queue(channel: Id): Outgoing[] {
    return this.entries.filter((entry) => entry.channel === channel);
  }

  private find(nonce: string): Outgoing | undefined {
    return this.entries.find((entry) => entry.nonce === nonce);
  }
}

/** Milliseconds until the next attempt, or null if the user has to decide. */
function pauseAfter(error: unknown, attempt: number): number | null {
  if (!(error instanceof Failure) || !error.isPassing) return null;
  if (error.status !== 429) return backoff(attempt);
  const seconds = error.retryAfterSeconds ?? 1;
  return seconds <= LONGEST_PAUSE_SECONDS ? seconds * 1000 : null;
}

function keptOf({ nonce, channel, content, answers, thread, reason, createdAt }: Outgoing): StoredText {
  return { nonce, channel, content, answers, thread, createdAt: createdAt.getTime(), refusal: reason };
}
