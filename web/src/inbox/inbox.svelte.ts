// The messages that mention the user: pages from the server, and the events since. Old state + events = fresh state.
import type { Api } from "../api/api";
import { answered } from "../api/http";
import type { Id, InboxItem, Message } from "../api/types";
import type { Community } from "../community/community.svelte";
import { mentionsMe } from "../messages/mentioned";
import type { Talk } from "../messages/talk.svelte";
import type { Levels } from "../notifications/levels.svelte";
import type { Live } from "../store/live.svelte";
import type { Session } from "../store/session.svelte";
import type { Frame } from "../sync/frames";

const PAGE = 25;
const MOST_UNREAD = 50;

/**
 * New items are fetched some time after connecting: when many clients reconnect at once, they must not all send
 * requests at once.
 */
const SPREAD_MS = 3_000;

export interface InboxNeeds {
  api: Api;
  live: Live;
  session: Session;
  community: Community;
  levels: Levels;
  talk: Talk;
}

export class Inbox {
  private items = $state.raw<InboxItem[]>([]);

  /** Whether pages were fetched, beyond the unread items. */
  isLoaded = $state(false);
  hasMore = $state(false);

  /** Newest first; unread items come before all others. */
  fresh = $derived(this.items.filter((item) => !item.is_read));
  earlier = $derived(this.items.filter((item) => item.is_read));

  /** The unread items, without places that are set to nothing. */
  count = $derived(
    this.fresh.filter(({ message, server_id }) => this.needs.levels.counts(message.channel_id, server_id))
      .length,
  );

  private last: Id | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * What arrived while pages were being fetched, which they may lack; and what was removed, which they may still
   * contain.
   */
  private asking = 0;
  private came: InboxItem[] = [];
  private readonly gone = new Set<Id>();
  private readonly marks = new Map<Id, number>();

  constructor(private readonly needs: InboxNeeds) {
    needs.live.listen((frame) => this.apply(frame));
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

  /** Something may have been missed. If fetching fails now, the next connection or opening the inbox retries. */
  refetch(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const asking = this.isLoaded ? this.load() : this.learnUnread();
      asking.catch(() => undefined);
    }, Math.random() * SPREAD_MS);
  }

  async mark({ message }: InboxItem): Promise<void> {
    const { channel_id, id } = message;
    await answered(
      this.needs.api.http.POST("/api/channels/{channel_id}/ack", {
        params: { path: { channel_id } },
        body: { message_id: id },
      }),
    );
    this.read(channel_id, message.seq);
  }

  async markAll(): Promise<void> {
    await answered(this.needs.api.http.POST("/api/inbox/read"));
    for (const { message } of this.fresh) this.read(message.channel_id, message.seq);
  }

  /** What an event means for the listed items. */
  private apply(frame: Frame): void {
    if (isMessage(frame)) this.applyMessage(frame.data);
    else if (isMark(frame)) this.read(frame.data.channel_id, frame.data.position);
    else if (frame.name === "READY") this.refetch();
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

  /** Remembers changes that arrive while pages are being fetched. */
  private async meanwhile(action: () => Promise<void>): Promise<void> {
    this.asking += 1;
    try {
      await action();
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
    const remaining = [...found, ...this.came].filter(({ message }) => !this.gone.has(message.id));
    this.items = newestFirst(remaining).map((item) =>
      this.isMarked(item) ? { ...item, is_read: true } : item,
    );
  }

  private isMarked({ message }: InboxItem): boolean {
    return message.seq <= (this.marks.get(message.channel_id) ?? 0);
  }

  /** A message was created, edited or deleted: it may or may not mention the user now. */
  private applyMessage(message: Message): void {
    const server = this.needs.community.channel(message.channel_id)?.server_id ?? null;
    const known = this.items.find((item) => item.message.id === message.id);
    if (message.deleted || !mentionsMe(this.needs, message, server ?? "")) {
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
    const me = this.needs.session.user?.id ?? "";
    if (message.type === "system") return "event";
    if (message.mention_user_ids?.includes(me))
      return this.needs.talk.answered(message)?.author_id === me ? "reply" : "mention";
    return message.mention_everyone || message.mention_here ? "everyone" : "role";
  }

  private read(channel: Id, position: number): void {
    this.marks.set(channel, Math.max(position, this.marks.get(channel) ?? 0));
    if (this.fresh.some((item) => this.isMarked(item))) this.show(this.items);
  }

  private ask(query: { before?: Id; limit: number; unread?: boolean }) {
    return answered(this.needs.api.http.GET("/api/inbox", { params: { query } }));
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

/** Each message once, in its last version; newest first. */
export function newestFirst(items: readonly InboxItem[]): InboxItem[] {
  const byId = new Map(items.map((item) => [item.message.id, item]));
  return [...byId.values()].sort((a, b) => b.message.created_at.localeCompare(a.message.created_at));
}
