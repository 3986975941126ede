// What is done with messages wherever they are: taken in, reacted to, answered, deleted, told of.
import { SvelteMap } from "svelte/reactivity";
import type { Answered, Id, Message } from "../api/types";
import { isHappening } from "../messages/happenings";
import { callsMe } from "../messages/mentioning";
import type { Application } from "./application.svelte";
import { withMine } from "./reactions";

const ASK_AFTER_MS = 200;
const MOST_ASKED = 20;

export class Talk {
  /** Counts messages of others in the open channel, and what a screen reader says of the last one. */
  news = $state<{ count: number; message: Message | null }>({ count: 0, message: null });

  /** In each place and thread the message that the next one answers. */
  readonly answering = new SvelteMap<Id, Answered>();
  private readonly fetched = new SvelteMap<Id, Message>();
  private readonly asked = new Set<Id>();

  private readonly unsure = new Map<Id, Message>();

  constructor(private readonly app: Application) {}

  receive(message: Message): void {
    const { app } = this;
    this.put(withMine(message, this.atHand(message)));
    if (message.author_id !== app.user?.id) return;
    app.uploads.begin(message);
    app.outbox.settle(message);
  }

  /** Somebody reacted: events are the same for everybody, so what is mine is known by who did it. */
  reacted(message: Message, user: Id, emoji: string, stands: boolean): void {
    const known = this.atHand(message);
    if (user !== this.app.user?.id || !known) return this.receive(message);
    const mine = (known.reactions ?? []).filter((each) => each.me).map((each) => each.emoji);
    const own = new Set(stands ? [...mine, emoji] : mine.filter((each) => each !== emoji));
    const reactions = (message.reactions ?? []).map((each) => ({ ...each, me: own.has(each.emoji) }));
    this.put({ ...message, reactions });
  }

  react(message: Message, emoji: string, stands: boolean): void {
    const { api, report } = this.app;
    (stands ? api.react(message, emoji) : api.unreact(message, emoji)).catch(report);
  }

  /** The message that this one answers, if it is at hand; else it is asked for, once. */
  answered(answer: Message): Message | undefined {
    const id = answer.reply_to;
    if (!id) return undefined;
    const known = this.atHand({ channel_id: answer.channel_id, id }) ?? this.fetched.get(id);
    if (!known && !this.asked.has(id)) {
      this.asked.add(id);
      this.app.api.message(answer.channel_id, id).then(
        (message) => this.fetched.set(id, message),
        () => undefined,
      );
    }
    return known;
  }

  async delete(message: Message): Promise<void> {
    await this.app.api.deleteMessage(message.id);
    this.receive({ ...message, deleted: true, version: message.version + 1 });
  }

  noteNews(message: Message): void {
    const { app } = this;
    const channel = message.channel_id;
    if (isHappening(message)) return this.noteHappening(message);
    if (message.author_id === app.user?.id) return app.unread.mark(channel, message.id);
    const isCall = this.callsMe(message);
    app.unread.arrived(message, isCall);
    app.desktop.tell(app, message, isCall);
    if (channel === app.route.place) this.news = { count: this.news.count + 1, message };
  }

  /** What others did to a group is said to who listens, and is nothing unread. */
  private noteHappening(message: Message): void {
    const { route, user } = this.app;
    if (message.channel_id !== route.place || message.author_id === user?.id) return;
    this.news = { count: this.news.count, message };
  }

  /** In a thread only what calls me is worth telling of. */
  noteReply(message: Message): void {
    if (this.callsMe(message)) this.app.desktop.tell(this.app, message, true);
  }

  /** What others did to a message while I was away was told without what I had done to it on another device. */
  learnMine(message: Message): void {
    if (!this.atHand(message)) return;
    if (this.unsure.size === 0) setTimeout(() => this.ask(), ASK_AFTER_MS);
    this.unsure.set(message.id, message);
  }

  clear(): void {
    this.unsure.clear();
    for (const held of [this.answering, this.fetched, this.asked]) held.clear();
  }

  private ask(): void {
    const newestFirst = [...this.unsure.values()].sort((a, b) => b.seq - a.seq);
    this.unsure.clear();
    for (const { channel_id, id } of newestFirst.slice(0, MOST_ASKED))
      this.app.api.message(channel_id, id).then(
        (message) => this.put(message),
        () => undefined, // the next reading of the history tells
      );
  }

  private callsMe(message: Message): boolean {
    const server = this.app.community.channel(message.channel_id)?.server_id ?? "";
    return callsMe(this.app, message, server);
  }

  private atHand(message: Pick<Message, "channel_id" | "id">): Message | undefined {
    return this.app.histories.find(message) ?? this.app.threads.find(message);
  }

  private put(message: Message): void {
    this.app.threads.apply(message);
    if (!message.thread_id) this.app.histories.apply(message);
  }
}
