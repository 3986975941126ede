// The timelines of opened channels, and the requests that fill them. A few recent ones are kept and updated by live
// events, so that returning to a channel paints immediately.
import { PAGE, type Api } from "../api/api";
import { sentenceOf } from "../api/failure";
import type { Id, Message } from "../api/types";
import type { StoredChannel } from "../store/local/database";
import { ReadingPlaces } from "./places";
import { MOST, Timeline } from "./timeline.svelte";

/** The channels that are stored in this browser. */
export interface ChannelCache {
  recall: (channel: Id) => Promise<StoredChannel | undefined>;
  /** Whether the changes after a position will be sent. */
  resume: (channel: Id, position: number) => boolean;
  /** What is held of a channel changed other than by an event. */
  changed: (channel: Id) => void;
}

const KEPT_CHANNELS = 12;
const WHOLE_PAGE = 100;
const MOST_CATCH_UP_PAGES = 4;

/** What the two ends of a timeline are called, by the side that its pages come from. */
const ENDS = {
  before: { reached: "reachesStart", outermost: "oldest", add: "prepend" },
  after: { reached: "reachesPresent", outermost: "newest", add: "extend" },
} as const;

export class ChannelHistory {
  readonly timeline = new Timeline();
  failure = $state<string | null>(null);
  private isStale = $state(false);
  private readonly isExtending = { before: false, after: false };
  private opening = $state.raw<Promise<void> | null>(null);

  constructor(
    private readonly api: Api,
    private readonly channel: Id,
    private readonly cache: ChannelCache,
  ) {}

  /** Whether the held messages follow the log, so that a resume brings them up to date. */
  get isInStep(): boolean {
    return this.timeline.isLoaded && !this.isStale && this.opening === null;
  }

  /** Whether everything is held from the oldest message here up to the log's position. */
  get isWhole(): boolean {
    return this.isInStep && this.timeline.reachesPresent;
  }

  /** Shows what is held immediately; sends a request only if nothing is held or something was missed. */
  open(): Promise<void> {
    this.failure = null;
    if (this.timeline.isLoaded && !this.isStale) return Promise.resolve();
    this.opening ??= this.fill().finally(() => {
      this.opening = null;
      this.cache.changed(this.channel);
    });
    return this.opening;
  }

  /** From this browser's storage if a resume can bring it up to date, else from the server. */
  private async fill(): Promise<void> {
    if (!this.timeline.isLoaded) await this.recall();
    if (this.timeline.isLoaded && !this.isStale) return;
    if (this.timeline.isLoaded) await this.attempt(() => this.catchUp());
    else await this.present();
    if (this.isStale && !this.failure) await this.attempt(() => this.catchUp());
  }

  private async recall(): Promise<void> {
    const kept = await this.cache.recall(this.channel);
    if (!kept || this.timeline.isLoaded) return;
    const { messages, reachesStart, position } = kept;
    this.timeline.replace(messages, { reachesStart, reachesPresent: true });
    this.isStale = !this.cache.resume(this.channel, position);
  }

  /** A change was missed: the held messages must be compared with the server's. */
  markStale(): void {
    this.isStale = true;
  }

  /** After a failure nothing is fetched again automatically, only on the user's request or after a reconnect. */
  async retry(): Promise<void> {
    await this.open();
    await this.older(() => true);
  }

  /**
   * Fetches the page before the oldest message. To make room, messages at the newer end are dropped when it arrives, so
   * `isNear` must say whether the reader is still closer to the older end; otherwise the page is discarded.
   */
  older(isNear: () => boolean): Promise<void> {
    return this.extend("before", isNear);
  }

  /** The page after the newest message, as `older`. */
  newer(isNear: () => boolean): Promise<void> {
    return this.extend("after", isNear);
  }

  private async extend(side: keyof typeof ENDS, isNear: () => boolean): Promise<void> {
    const { timeline } = this;
    const { reached, outermost, add } = ENDS[side];
    if (this.failure || this.isExtending[side] || !timeline.isLoaded || timeline[reached]) return;
    const cursor = timeline[outermost]?.id;
    if (!cursor) return;
    this.isExtending[side] = true;
    await this.attempt(async () => {
      const page = await this.api.messages(this.channel, { [side]: cursor });
      const isWanted = timeline[outermost]?.id === cursor && (this.hasRoom(page) || isNear());
      if (isWanted) timeline[add](page, page.length < PAGE);
    });
    this.isExtending[side] = false;
  }

  private hasRoom(page: Message[]): boolean {
    return this.timeline.messages.length + page.length <= MOST;
  }

  /** Drops the window and shows the newest page. */
  async present(): Promise<void> {
    await this.attempt(async () => {
      this.isStale = false; // changes from now on may be missing in the response
      const page = await this.api.messages(this.channel);
      this.timeline.replace(page, { reachesStart: page.length < PAGE, reachesPresent: true });
    });
  }

  /** Shows the messages around a message. */
  async around(message: Id): Promise<void> {
    await this.attempt(async () => {
      const page = await this.api.messages(this.channel, { around: message });
      this.timeline.replace(page, { reachesStart: false, reachesPresent: false });
    });
  }

  /**
   * Reads the window again from its newest end to its oldest message, so that missed edits and deletions show too. If
   * too much changed, a user who is reading keeps what is on the screen, and others get the newest page.
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
    this.cache.changed(this.channel);
  }
}

export class Histories {
  private readonly channels = new Map<Id, ChannelHistory>();

  /** Counts how often channels were dropped that the user can no longer view. */
  forgotten = $state(0);

  /** Where the user was when they left a channel; those left at the end are missing. */
  readonly places = new ReadingPlaces();

  constructor(
    private readonly api: Api,
    private readonly cache: ChannelCache,
  ) {}

  /** What is held of a channel, without opening it. */
  held(channel: Id): ChannelHistory | undefined {
    return this.channels.get(channel);
  }

  of(channel: Id): ChannelHistory {
    const known = this.channels.get(channel) ?? new ChannelHistory(this.api, channel, this.cache);
    this.channels.delete(channel);
    this.channels.set(channel, known);
    if (this.channels.size > KEPT_CHANNELS) this.channels.delete(this.channels.keys().next().value!);
    return known;
  }

  /** The user is about to open it: requests start while the button is still pressed. */
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

  /** Drops channels that the user can no longer view. */
  retain(isThere: (channel: Id) => boolean): void {
    for (const channel of [...this.channels.keys()]) if (!isThere(channel)) this.forget(channel);
  }

  forget(channel: Id): void {
    if (this.channels.delete(channel)) this.forgotten += 1;
    this.places.delete(channel);
  }

  clear(): void {
    this.channels.clear();
    this.places.clear();
  }
}
