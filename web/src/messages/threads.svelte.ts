// The thread that is open beside a channel: its replies, fetched from the server and updated by the same events.
import type { Api } from "../api/api";
import { sentenceOf } from "../api/failure";
import type { Id, Message } from "../api/types";
import { Timeline } from "./timeline.svelte";

const PAGE = 100;

/** A thread is read from its beginning, all at once. */
const MOST_REPLIES = 300;

export class Thread {
  readonly timeline = new Timeline(MOST_REPLIES);
  failure = $state<string | null>(null);
  root: Message = $state.raw()!;

  constructor(
    private readonly api: Api,
    root: Message,
  ) {
    this.root = root;
  }

  /** Reads it from the beginning; of a very long one, as much as the window holds. */
  async load(): Promise<void> {
    try {
      const replies: Message[] = [];
      for (let page: Message[] | null = null; !page || page.length === PAGE;) {
        page = await this.api.thread(this.root, replies.at(-1)?.id);
        replies.push(...page);
        if (replies.length >= MOST_REPLIES) break;
      }
      this.timeline.replace(replies, { reachesStart: true, reachesPresent: true });
      this.failure = null;
    } catch (error) {
      this.failure = sentenceOf(error);
    }
  }

  find(id: Id): Message | undefined {
    return this.root.id === id ? this.root : this.timeline.find(id);
  }

  apply(message: Message): void {
    if (message.thread_id === this.root.id) this.timeline.apply(message);
    else if (message.id === this.root.id && message.version >= this.root.version) this.root = message;
  }
}

export class Threads {
  current = $state<Thread | null>(null);

  constructor(private readonly api: Api) {}

  open(root: Message): void {
    this.current = new Thread(this.api, root);
    void this.current.load();
  }

  close(): void {
    this.current = null;
  }

  find({ id }: Pick<Message, "id">): Message | undefined {
    return this.current?.find(id);
  }

  apply(message: Message): void {
    this.current?.apply(message);
  }

  /** Connected again. */
  resume(): void {
    if (this.current?.failure) void this.current.load();
  }

  /** Something in this channel was missed. */
  refetch(channel: Id): void {
    if (this.current?.root.channel_id === channel) void this.current.load();
  }

  clear(): void {
    this.close();
  }
}
