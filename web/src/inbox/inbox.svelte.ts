// What called me: pages of the server, and the events since. Old state + events = fresh state.
import { answered } from "../api/http";
import type { Id, InboxItem, Message } from "../api/types";
import { callsMe } from "../messages/mentioning";
import type { Application } from "../store/application.svelte";
import type { Frame } from "../sync/frames";

const PAGE = 25;
const MOST_UNREAD = 50;

/** What is new is asked for some time after connecting: when many come back at once, they shall not ask at once. */
const SPREAD_MS = 3_000;

export class Inbox {
  private items = $state.raw<InboxItem[]>([]);

  /** Whether the pages were asked for, beyond what is new. */
  isLoaded = $state(false);
  hasMore = $state(false);

  /** Newest first; those that are not read stand before all others. */
  fresh = $derived(this.items.filter((item) => !item.is_read));
  earlier = $derived(this.items.filter((item) => item.is_read));

  /** What is new in it, without places of which I want to hear nothing. */
  count = $derived(
    this.fresh.filter(({ message, server_id }) => this.app.levels.counts(message.channel_id, server_id))
      .length,
  );

  private last: Id | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** What came while pages were asked for, which they may not hold; and what went, which they may still hold. */
  private asking = 0;
  private came: InboxItem[] = [];
  private readonly gone = new Set<Id>();
  private readonly marks = new Map<Id, number>();

  constructor(private readonly app: Application) {
    app.listen((frame) => this.apply(frame));
  }

  async load(): Promise<void> {
    await this.meanwhile(async () => {
      const [unread, newest] = await Promise.all([
        this.ask({ unread: true, limit: MOST_UNREAD }),
        this.ask({ limit: PAGE }),
      ]);
      this.show([...unread.items, ...newest.items]);
      this.take(newest);
      this.isLoaded = true;
    });
  }

  async more(): Promise<void> {
    const before = this.last;
    if (!before) return;
    await this.meanwhile(async () => {
      const page = await this.ask({ before, limit: PAGE });
      this.show([...page.items, ...this.items]);
      this.take(page);
    });
  }

  clear(): void {
    clearTimeout(this.timer);
    this.items = [];
    this.isLoaded = false;
    this.last = null;
    this.marks.clear();
  }

  /** Something may have been missed. What is not learned now is learned with the next connection, or on opening. */
  relearn(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const asking = this.isLoaded ? this.load() : this.learnUnread();
      asking.catch(() => undefined);
    }, Math.random() * SPREAD_MS);
  }

  async mark({ message }: InboxItem): Promise<void> {
    const { channel_id, id } = message;
    await answered(
      this.app.api.http.POST("/api/channels/{channel_id}/ack", {
        params: { path: { channel_id } },
        body: { message_id: id },
      }),
    );
    this.read(channel_id, message.seq);
  }

  async markAll(): Promise<void> {
    await answered(this.app.api.http.POST("/api/inbox/read"));
    for (const { message } of this.fresh) this.read(message.channel_id, message.seq);
  }

  /** What an event means for what is listed. */
  private apply(frame: Frame): void {
    if (isMessage(frame)) this.said(frame.data);
    else if (isMark(frame)) this.read(frame.data.channel_id, frame.data.position);
    else if (frame.name === "READY") this.relearn();
    else if (ENDINGS.has(frame.name)) {
      const { id } = frame.data as { id: Id };
      this.items = this.items.filter((item) => item.server_id !== id && item.message.channel_id !== id);
    }
  }

  private async learnUnread(): Promise<void> {
    await this.meanwhile(async () => {
      const { items } = await this.ask({ unread: true, limit: MOST_UNREAD });
      if (!this.isLoaded) this.show(items);
    });
  }

  /** Remembers what happens while pages are on their way. */
  private async meanwhile(deed: () => Promise<void>): Promise<void> {
    this.asking += 1;
    try {
      await deed();
    } finally {
      this.asking -= 1;
      if (this.asking === 0) this.forget();
    }
  }

  private forget(): void {
    this.came = [];
    this.gone.clear();
  }

  private show(found: InboxItem[]): void {
    const standing = [...found, ...this.came].filter(({ message }) => !this.gone.has(message.id));
    this.items = newestFirst(standing).map((item) =>
      this.isMarked(item) ? { ...item, is_read: true } : item,
    );
  }

  private isMarked({ message }: InboxItem): boolean {
    return message.seq <= (this.marks.get(message.channel_id) ?? 0);
  }

  /** A message came, was edited or deleted: it calls me now, or no more. */
  private said(message: Message): void {
    const server = this.app.community.channel(message.channel_id)?.server_id ?? null;
    const known = this.items.find((item) => item.message.id === message.id);
    if (message.deleted || !callsMe(this.app, message, server ?? "")) {
      if (this.asking) this.gone.add(message.id);
      if (known) this.items = this.items.filter((item) => item !== known);
    } else if (!known || known.message.version <= message.version) {
      const reason = known?.reason ?? this.reasonOf(message);
      const item = { message, server_id: server, reason, is_read: known?.is_read ?? false };
      this.gone.delete(message.id);
      if (this.asking) this.came.push(item);
      this.show([...this.items, item]);
    }
  }

  private reasonOf(message: Message): InboxItem["reason"] {
    const me = this.app.user?.id ?? "";
    if (message.mention_user_ids?.includes(me))
      return this.app.answered(message)?.author_id === me ? "reply" : "mention";
    return message.mention_everyone || message.mention_here ? "everyone" : "role";
  }

  private read(channel: Id, position: number): void {
    this.marks.set(channel, Math.max(position, this.marks.get(channel) ?? 0));
    if (this.fresh.some((item) => this.isMarked(item))) this.show(this.items);
  }

  private ask(query: { before?: Id; limit: number; unread?: boolean }) {
    return answered(this.app.api.http.GET("/api/inbox", { params: { query } }));
  }

  private take({ items, has_more }: { items: InboxItem[]; has_more: boolean }): void {
    this.last = items.at(-1)?.message.id ?? this.last;
    this.hasMore = has_more;
  }
}

const ENDINGS = new Set<string>(["CHANNEL_DELETE", "SERVER_DELETE", "CONVERSATION_LEAVE"]);
const MESSAGES = new Set<string>([
  "MESSAGE_CREATE",
  "DM_MESSAGE_CREATE",
  "THREAD_MESSAGE_CREATE",
  "MESSAGE_UPDATE",
  "MESSAGE_DELETE",
]);

function isMessage(frame: Frame): frame is Frame<"MESSAGE_CREATE"> {
  return MESSAGES.has(frame.name);
}

function isMark(frame: Frame): frame is Frame<"READ_MARK_UPDATE"> {
  return frame.name === "READ_MARK_UPDATE";
}

/** Each message once, as it was named last; the newest first. */
export function newestFirst(items: readonly InboxItem[]): InboxItem[] {
  const byId = new Map(items.map((item) => [item.message.id, item]));
  return [...byId.values()].sort((a, b) => b.message.created_at.localeCompare(a.message.created_at));
}
