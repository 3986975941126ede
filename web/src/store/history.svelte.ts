// The timelines of the channels that were opened, and the requests that fill them. A few recent ones stay,
// fed by live events, so that going back to a channel paints at once.
import { PAGE, type Api } from "../api/api";
import { sentenceOf } from "../api/failure";
import type { Id, Message } from "../api/types";
import type { KeptChannel } from "./local/database";
import { MOST, Timeline } from "./timeline.svelte";

/** What was kept of channels in this browser. */
export interface Shelf {
  recall: (channel: Id) => Promise<KeptChannel | undefined>;
  /** Answers whether what came after a position will be told. */
  resume: (channel: Id, position: number) => boolean;
  /** What is held of a channel changed otherwise than by an event. */
  changed: (channel: Id) => void;
}

const KEPT_CHANNELS = 12;
const WHOLE_PAGE = 100;
const MOST_CATCH_UP_PAGES = 4;

export class ChannelHistory {
  readonly timeline = new Timeline();
  isLoadingOlder = $state(false);
  isLoadingNewer = $state(false);
  failure = $state<string | null>(null);
  private isStale = $state(false);
  private opening = $state.raw<Promise<void> | null>(null);

  constructor(
    private readonly api: Api,
    private readonly channel: Id,
    private readonly shelf: Shelf,
  ) {}

  /** Whether what is held follows the log, so that a resume brings it up to the present. */
  get isInStep(): boolean {
    return this.timeline.isLoaded && !this.isStale && this.opening === null;
  }

  /** Whether all is held from the oldest message here up to where the log was followed. */
  get isWhole(): boolean {
    return this.isInStep && this.timeline.reachesPresent;
  }

  /** Shows what is held at once; asks the server only when nothing is held or something was missed. */
  open(): Promise<void> {
    this.failure = null;
    if (this.timeline.isLoaded && !this.isStale) return Promise.resolve();
    this.opening ??= this.fill().finally(() => {
      this.opening = null;
      this.shelf.changed(this.channel);
    });
    return this.opening;
  }

  /** From what was kept here, if a resume can bring it up to the present; else from the server. */
  private async fill(): Promise<void> {
    if (!this.timeline.isLoaded) await this.recall();
    if (this.timeline.isLoaded && !this.isStale) return;
    if (this.timeline.isLoaded) await this.attempt(() => this.catchUp());
    else await this.present();
    if (this.isStale && !this.failure) await this.attempt(() => this.catchUp());
  }

  private async recall(): Promise<void> {
    const kept = await this.shelf.recall(this.channel);
    if (!kept || this.timeline.isLoaded) return;
    const { messages, reachesStart, position } = kept;
    this.timeline.replace(messages, { reachesStart, reachesPresent: true });
    this.isStale = !this.shelf.resume(this.channel, position);
  }

  /** Something happened that was not received: what is held must be compared with the server. */
  markStale(): void {
    this.isStale = true;
  }

  /** After a failure nothing is asked for again by itself, only when the person or a new connection wants it. */
  async retry(): Promise<void> {
    await this.open();
    await this.older(() => true);
  }

  /**
   * The page before the oldest message. When it comes, room for it is made at the newer end, so `isNear` must
   * say whether the reader is still nearer to the older one; else the page is let go.
   */
  async older(isNear: () => boolean): Promise<void> {
    const { timeline } = this;
    if (
      this.failure ||
      this.isLoadingOlder ||
      !timeline.isLoaded ||
      timeline.reachesStart ||
      !timeline.oldest
    )
      return;
    this.isLoadingOlder = true;
    const cursor = timeline.oldest.id;
    await this.attempt(async () => {
      const page = await this.api.messages(this.channel, { before: cursor });
      const isWanted = timeline.oldest?.id === cursor && (this.hasRoom(page) || isNear());
      if (isWanted) timeline.prepend(page, page.length < PAGE);
    });
    this.isLoadingOlder = false;
  }

  /** The page after the newest message, as `older`. */
  async newer(isNear: () => boolean): Promise<void> {
    const { timeline } = this;
    if (
      this.failure ||
      this.isLoadingNewer ||
      !timeline.isLoaded ||
      timeline.reachesPresent ||
      !timeline.newest
    )
      return;
    this.isLoadingNewer = true;
    const cursor = timeline.newest.id;
    await this.attempt(async () => {
      const page = await this.api.messages(this.channel, { after: cursor });
      const isWanted = timeline.newest?.id === cursor && (this.hasRoom(page) || isNear());
      if (isWanted) timeline.extend(page, page.length < PAGE);
    });
    this.isLoadingNewer = false;
  }

  private hasRoom(page: Message[]): boolean {
    return this.timeline.messages.length + page.length <= MOST;
  }

  /** Forgets the window and shows the newest page. */
  async present(): Promise<void> {
    await this.attempt(async () => {
      this.isStale = false; // what is missed from now on may not be in the answer
      const page = await this.api.messages(this.channel);
      this.timeline.replace(page, { reachesStart: page.length < PAGE, reachesPresent: true });
    });
  }

  /** Shows the messages around one of them. */
  async around(message: Id): Promise<void> {
    await this.attempt(async () => {
      const page = await this.api.messages(this.channel, { around: message });
      this.timeline.replace(page, { reachesStart: false, reachesPresent: false });
    });
  }

  /**
   * Reads the window again from its newest end to its oldest message, so that edits and deletions that were
   * missed show too. When too much happened, a reader keeps what they look at and others get the newest page.
   */
  private async catchUp(): Promise<void> {
    const { timeline } = this;
    const start = timeline.oldest?.seq ?? 0;
    const pages: Message[] = [];
    let isStart = false;
    this.isStale = false;
    for (let count = 0; count < MOST_CATCH_UP_PAGES; count++) {
      const last = pages.at(-1);
      const page = await this.api.messages(this.channel, last ? { before: last.id } : {}, WHOLE_PAGE);
      pages.push(...page);
      isStart = page.length < WHOLE_PAGE;
      if (isStart || page.at(-1)!.seq <= start) break;
    }
    const reachesWindow = isStart || (pages.at(-1)?.seq ?? 0) <= start;
    if (reachesWindow || !timeline.isReading) {
      timeline.replace(pages, { reachesStart: isStart, reachesPresent: true });
    } else {
      timeline.reachesPresent = false;
    }
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    const wasStale = this.isStale;
    try {
      await work();
      this.failure = null;
    } catch (error) {
      this.failure = sentenceOf(error);
      this.isStale ||= wasStale;
    }
    this.shelf.changed(this.channel);
  }
}

export class Histories {
  private readonly channels = new Map<Id, ChannelHistory>();

  constructor(
    private readonly api: Api,
    private readonly shelf: Shelf,
  ) {}

  /** What is held of a channel, without opening it. */
  held(channel: Id): ChannelHistory | undefined {
    return this.channels.get(channel);
  }

  of(channel: Id): ChannelHistory {
    const known = this.channels.get(channel) ?? new ChannelHistory(this.api, channel, this.shelf);
    this.channels.delete(channel);
    this.channels.set(channel, known);
    if (this.channels.size > KEPT_CHANNELS) this.channels.delete(this.channels.keys().next().value!);
    return known;
  }

  /** Somebody is about to open it: what it takes is asked for while the button is still pressed. */
  approach(channel: Id): void {
    void this.of(channel).open();
  }

  find(message: Pick<Message, "channel_id" | "id">): Message | undefined {
    return this.channels.get(message.channel_id)?.timeline.find(message.id);
  }

  apply(message: Message): void {
    this.channels.get(message.channel_id)?.timeline.apply(message);
  }

  markStale(channels: Iterable<Id>): void {
    for (const channel of channels) this.channels.get(channel)?.markStale();
  }

  /** Forgets channels that may be viewed no longer. */
  retain(isThere: (channel: Id) => boolean): void {
    for (const channel of [...this.channels.keys()]) if (!isThere(channel)) this.forget(channel);
  }

  forget(channel: Id): void {
    this.channels.delete(channel);
  }

  clear(): void {
    this.channels.clear();
  }
}
