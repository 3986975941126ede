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
  me: () => Id | undefined;
  isServer: (topic: Id) => boolean;
  /** Whether what is held of a server, a channel or a conversation can be brought up to date. */
  isHeld: (topic: Id) => boolean;
  /** Requests all changes since these positions; returns whether there is a connection. */
  resume: (positions: Record<Id, number>) => boolean;
  /** The epoch changed: what was read before may not be in the history any more. */
  restart: () => void;
  /** These topics are followed, and no others. */
  retain: (followed: Record<Id, number>) => void;
  /** These topics changed while there was no connection. */
  moved: (topics: ReadonlySet<Id>) => void;
  /** The held messages of the topic are out of date. */
  stale: (topic: Id) => void;
  /** Nothing that is held of the topic is reliable. */
  refetch: (topic: Id) => void;
  forget: (topic: Id) => void;
  /** A change to a message was repeated, without what is specific to the user. */
  repeated: (message: Message) => void;
}

export class Following {
  /** Topics for which missed changes are being fetched. */
  readonly behind = new SvelteSet<Id>();

  /** The epoch of everything that is held. */
  epoch: string | null = null;
  private readonly resumption: Resumption;

  constructor(private readonly needs: FollowingNeeds) {
    const { positions, resume, refetch } = needs;
    this.resumption = new Resumption({
      send: resume,
      held: (topic) => positions.of(topic),
      givenUp: (topic, until) => {
        this.behind.delete(topic);
        positions.take(topic, until);
        refetch(topic);
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
    const { positions, restart, retain, moved } = this.needs;
    if (this.epoch !== null && epoch !== this.epoch) return restart();
    this.epoch = epoch;
    this.resumption.clear();
    this.behind.clear();
    const topics = positions.adopt(fresh);
    retain(fresh);
    for (const topic of topics) this.catchUp(topic, fresh[topic]!);
    moved(topics);
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
    if (message.reactions?.length) this.needs.repeated(message);
  }

  /** The topic was requested, and the user can no longer follow it. */
  gone(topic: Id): void {
    this.needs.positions.forget(topic);
    this.needs.forget(topic);
  }

  clear(): void {
    this.resumption.clear();
    this.behind.clear();
    this.epoch = null;
    this.needs.positions.clear();
  }

  private catchUp(topic: Id, until: number): void {
    const { positions, stale } = this.needs;
    const behind = until - (positions.of(topic) ?? until);
    if (this.canResume(topic) && behind <= this.most(topic)) return this.ask(topic, until);
    positions.take(topic, until);
    stale(topic);
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
    return topic !== this.needs.me() && this.needs.isHeld(topic);
  }

  private isTalk(topic: Id): boolean {
    return topic !== this.needs.me() && !this.needs.isServer(topic);
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
    this.needs.refetch(topic);
    return true;
  }

  /** What is held cannot be brought up to date. */
  private reset({ topic, position }: Place): boolean {
    const { positions, refetch } = this.needs;
    this.behind.delete(topic);
    positions.forget(topic);
    positions.take(topic, position);
    refetch(topic);
    return true;
  }
}
