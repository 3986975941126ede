// Follows the log without a gap. After an absence, each topic of which something is held is resumed from its held
// position; a topic that changed too much is fetched again, because that is faster. A frame that does not follow the
// held position is dropped, and the missing changes are requested: the frame then arrives again in order.
import { SvelteSet } from "svelte/reactivity";
import type { Id, Message } from "../api/types";
import type { Frame, Place } from "../sync/frames";
import { Resumption } from "../sync/resumption";
import type { Positions } from "./positions";

/** With more changes than this, pages of the newest messages are faster than all changes. */
const MOST_CHANGES = 300;

/** Changes of a server's structure are small, and only the newest change of each object is sent. */
const MOST_STRUCTURE = 2_000;

export interface FollowingNeeds {
  positions: Positions;
  session: { user: { id: Id } | null };
  live: { send: (op: string, data: unknown) => boolean };
  community: { server: (id: Id) => unknown; isKnown: (server: Id) => boolean };
  membership: { fetchChannels: (moved: ReadonlySet<Id>) => void };
  histories: {
    held: (channel: Id) => { isInStep: boolean } | undefined;
    markStale: (channels: Id[]) => void;
  };
  threads: { refetch: (channel: Id) => void };
  /** Asks for what is specific to the user, which a repeated change to a message lacks. */
  talk: { learnMine: (message: Message) => void };
  features: {
    refetch: (topic: Id) => void;
    retain: (isFollowed: (topic: Id) => boolean) => void;
    forget: (topic: Id) => void;
  };
  /** The epoch changed: what was read before may not be in the history any more. */
  restart: () => void;
}

export class Following {
  /** Topics for which missed changes are being fetched. */
  readonly behind = new SvelteSet<Id>();

  /** The epoch of everything that is held. */
  epoch: string | null = null;
  private readonly resumption: Resumption;

  constructor(private readonly needs: FollowingNeeds) {
    const { positions } = needs;
    this.resumption = new Resumption({
      send: (positions) => needs.live.send("RESUME", { positions }),
      held: (topic) => positions.of(topic),
      givenUp: (topic, until) => {
        this.behind.delete(topic);
        positions.take(topic, until);
        needs.features.refetch(topic);
      },
    });
  }

  /** Whether to apply a frame now. */
  isNext(frame: Frame, place: Place): boolean {
    if (frame.name === "TOPIC_RESET") return this.reset(place);
    const classification = this.needs.positions.classify(place);
    if (classification === "gap") return this.missed(place);
    if (classification === "new" && this.resumption.arrived(place)) this.behind.delete(place.topic);
    // Frames that open or close topics for this user only repeat the held position.
    return classification === "new" || (classification === "known" && place.previous === place.position);
  }

  /** READY contains the positions of all topics, and the epoch. */
  ready(fresh: Record<Id, number>, epoch: string | null): void {
    const { positions, features, membership } = this.needs;
    if (this.epoch !== null && epoch !== this.epoch) return this.needs.restart();
    this.epoch = epoch;
    this.resumption.clear();
    this.behind.clear();
    const topics = positions.adopt(fresh);
    features.retain((topic) => topic in fresh);
    for (const topic of topics) this.catchUp(topic, fresh[topic]!);
    membership.fetchChannels(topics);
  }

  /** Stored messages are on the screen; returns whether a resume brings the changes since. */
  beginAt(channel: Id, position: number): boolean {
    const { positions } = this.needs;
    const now = positions.of(channel);
    if (now === undefined || now === position) positions.begin(channel, position);
    else if (now < position || now - position > MOST_CHANGES) return false;
    else {
      positions.begin(channel, position);
      this.ask(channel, now);
    }
    return true;
  }

  /** For a repeated change, only the server knows what is specific to the user. */
  repeated(frame: Frame): void {
    if (frame.name !== "MESSAGE_UPDATE") return;
    const message = frame.data as Message;
    if (message.reactions?.length) this.needs.talk.learnMine(message);
  }

  /** The topic was requested, and the user can no longer follow it. */
  gone(topic: Id): void {
    this.needs.positions.forget(topic);
    this.needs.features.forget(topic);
  }

  clear(): void {
    this.resumption.clear();
    this.behind.clear();
    this.epoch = null;
  }

  private catchUp(topic: Id, until: number): void {
    const { positions, histories, threads } = this.needs;
    const behind = until - (positions.of(topic) ?? until);
    if (this.canResume(topic) && behind <= this.most(topic)) return this.ask(topic, until);
    positions.take(topic, until);
    histories.markStale([topic]);
    threads.refetch(topic);
  }

  private ask(topic: Id, until: number): void {
    this.behind.add(topic);
    this.resumption.ask(topic, until);
  }

  private most(topic: Id): number {
    return this.isTalk(topic) ? MOST_CHANGES : MOST_STRUCTURE;
  }

  /** READY contains the user's own topic completely; of others, only what is held must be brought up to date. */
  private canResume(topic: Id): boolean {
    const { community, histories } = this.needs;
    if (this.isTalk(topic)) return histories.held(topic)?.isInStep === true;
    return topic !== this.me && community.isKnown(topic);
  }

  private isTalk(topic: Id): boolean {
    return topic !== this.me && this.needs.community.server(topic) === undefined;
  }

  private get me(): Id | undefined {
    return this.needs.session.user?.id;
  }

  /**
   * In topics with messages the frame is dropped, because it arrives again; in others, the missing changes are fetched,
   * and the frame is applied.
   */
  private missed({ topic, position }: Place): boolean {
    if (this.isTalk(topic)) {
      this.ask(topic, position);
      return false;
    }
    this.needs.positions.take(topic, position);
    this.needs.features.refetch(topic);
    return true;
  }

  /** What is held cannot be brought up to date. */
  private reset({ topic, position }: Place): boolean {
    const { positions, features } = this.needs;
    this.behind.delete(topic);
    positions.forget(topic);
    positions.take(topic, position);
    features.refetch(topic);
    return true;
  }
}
