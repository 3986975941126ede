// What happens to messages in any channel: received, reacted to, answered, deleted, announced.
import { SvelteMap } from "svelte/reactivity";
import type { Api } from "../api/api";
import type { Answered, Id, Message } from "../api/types";
import type { Community } from "../community/community.svelte";
import { isNewTo, isSystemMessage } from "../conversations/systemmessages";
import type { Route } from "../store/route.svelte";
import type { Toasts } from "../ui/toasts.svelte";
import type { Session } from "../store/session.svelte";
import type { Histories } from "./history.svelte";
import { mentionsMe } from "./mentioned";
import { withMine } from "./reactions";
import type { Threads } from "./threads.svelte";
import type { Unread } from "./unread.svelte";

const ASK_AFTER_MS = 200;
const MOST_ASKED = 20;

export interface TalkNeeds {
  api: Pick<Api, "react" | "unreact" | "message" | "deleteMessage">;
  session: Session;
  route: Route;
  community: Community;
  histories: Histories;
  threads: Threads;
  unread: Unread;
  /** They learn when a message by the user has reached the server. */
  uploads: { begin: (message: Message) => void };
  outbox: { settle: (message: Message) => void };
  desktop: { tell: (message: Message, isMention: boolean) => void };
  toasts: Pick<Toasts, "report">;
}

export class Talk {
  /** Counts messages by others in the open channel; the last one is announced to screen readers. */
  news = $state<{ count: number; message: Message | null }>({ count: 0, message: null });

  /** For each channel and thread, the message that the next one replies to. */
  readonly answering = new SvelteMap<Id, Answered>();
  private readonly fetched = new SvelteMap<Id, Message>();
  private readonly asked = new Set<Id>();

  private readonly unsure = new Map<Id, Message>();

  constructor(private readonly needs: TalkNeeds) {}

  receive(message: Message): void {
    this.put(withMine(message, this.atHand(message)));
    if (message.author_id === this.me) this.sent(message);
  }

  /** Someone reacted: events are the same for everyone, so the user's own reactions are recognised by who reacted. */
  reacted(message: Message, user: Id, emoji: string, isAdded: boolean): void {
    const known = this.atHand(message);
    if (user !== this.me || !known) return this.receive(message);
    const mine = (known.reactions ?? []).filter((each) => each.me).map((each) => each.emoji);
    const own = new Set(isAdded ? [...mine, emoji] : mine.filter((each) => each !== emoji));
    const reactions = (message.reactions ?? []).map((each) => ({ ...each, me: own.has(each.emoji) }));
    this.put({ ...message, reactions });
  }

  react(message: Message, emoji: string, isAdded: boolean): void {
    const { api, toasts } = this.needs;
    (isAdded ? api.react(message, emoji) : api.unreact(message, emoji)).catch(toasts.report);
  }

  /** The message that this one replies to, if it is loaded; otherwise it is fetched, once. */
  answered(answer: Message): Message | undefined {
    const id = answer.reply_to;
    if (!id) return undefined;
    const known = this.atHand({ channel_id: answer.channel_id, id }) ?? this.fetched.get(id);
    if (!known && !this.asked.has(id)) {
      this.asked.add(id);
      this.needs.api.message(answer.channel_id, id).then(
        (message) => this.fetched.set(id, message),
        () => undefined,
      );
    }
    return known;
  }

  async delete(message: Message): Promise<void> {
    await this.needs.api.deleteMessage(message.id);
    this.receive({ ...message, deleted: true, version: message.version + 1 });
  }

  noteNews(message: Message): void {
    const { unread, route } = this.needs;
    const channel = message.channel_id;
    if (isSystemMessage(message)) return this.noteSystemMessage(message);
    if (message.author_id === this.me) return unread.mark(channel, message);
    const isMention = this.mentionsMe(message);
    unread.arrived(message, isMention);
    this.needs.desktop.tell(message, isMention);
    if (channel === route.place) this.news = { count: this.news.count + 1, message };
  }

  /** System messages are announced to screen readers. Only a missed call and what is told about an event is unread. */
  private noteSystemMessage(message: Message): void {
    const isMention = this.mentionsMe(message);
    if (isNewTo(this.me, message)) this.needs.unread.arrived(message, isMention);
    if (isMention) this.needs.desktop.tell(message, true);
    if (message.channel_id !== this.needs.route.place || message.author_id === this.me) return;
    this.news = { count: this.news.count, message };
  }

  /** Replies in a thread are announced only if they mention the user. */
  noteReply(message: Message): void {
    if (this.mentionsMe(message)) this.needs.desktop.tell(message, true);
  }

  /** Changes that others made to a message meanwhile arrived without the user's own reactions from another device. */
  learnMine(message: Message): void {
    if (!this.atHand(message)) return;
    if (this.unsure.size === 0) setTimeout(() => this.ask(), ASK_AFTER_MS);
    this.unsure.set(message.id, message);
  }

  private get me(): Id | undefined {
    return this.needs.session.user?.id;
  }

  clear(): void {
    this.unsure.clear();
    for (const held of [this.answering, this.fetched, this.asked]) held.clear();
  }

  private ask(): void {
    const newestFirst = [...this.unsure.values()].sort((a, b) => b.seq - a.seq);
    this.unsure.clear();
    for (const { channel_id, id } of newestFirst.slice(0, MOST_ASKED))
      this.needs.api.message(channel_id, id).then(
        (message) => this.put(message),
        () => undefined, // the next read of the history has it
      );
  }

  private mentionsMe(message: Message): boolean {
    const server = this.needs.community.channel(message.channel_id)?.server_id ?? "";
    return mentionsMe(this.needs, message, server);
  }

  private atHand(message: Pick<Message, "channel_id" | "id">): Message | undefined {
    return this.needs.histories.find(message) ?? this.needs.threads.find(message);
  }

  private sent(message: Message): void {
    this.needs.uploads.begin(message);
    this.needs.outbox.settle(message);
  }

  private put(message: Message): void {
    this.needs.threads.apply(message);
    if (!message.thread_id) this.needs.histories.apply(message);
  }
}
