// Follows the log without a gap. After an absence each topic of which something is held is resumed from where it
// stands; one that moved too far is fetched anew, since that is quicker. A frame that does not join what is held is
// left out, and what is missing is asked for: it comes again in its order.
import { SvelteSet } from "svelte/reactivity";
import type { Id, Message } from "../api/types";
import type { Frame, Place } from "../sync/frames";
import { Resumption } from "../sync/resumption";
import type { Application } from "./application.svelte";
import * as company from "./company";

/** Further behind than this, pages of the newest messages come quicker than all changes. */
const MOST_CHANGES = 300;

/** Of a server's structure a change is small, and the newest of each thing is told once. */
const MOST_STRUCTURE = 2_000;

export class Following {
  /** Topics of which something is on its way that was missed. */
  readonly behind = new SvelteSet<Id>();

  /** The life of the history to which all that is held belongs. */
  epoch: string | null = null;
  private readonly resumption: Resumption;

  constructor(private readonly app: Application) {
    this.resumption = new Resumption({
      send: (positions) => app.say("RESUME", { positions }),
      held: (topic) => app.positions.of(topic),
      givenUp: (topic, until) => {
        this.behind.delete(topic);
        app.positions.take(topic, until);
        this.refetch(topic);
      },
    });
  }

  /** Whether a frame is to be applied now. */
  isNext(frame: Frame, place: Place): boolean {
    const { positions } = this.app;
    if (frame.name === "TOPIC_RESET") return this.reset(place);
    const judgement = positions.judge(place);
    if (judgement === "gap") return this.missed(place);
    if (judgement === "new" && this.resumption.arrived(place)) this.behind.delete(place.topic);
    // What opens and closes for me alone repeats the position at which I stand.
    return judgement === "new" || (judgement === "known" && place.previous === place.position);
  }

  /** A new connection tells where everything stands, and in which life of the history. */
  ready(fresh: Record<Id, number>, epoch: string | null): void {
    const { app } = this;
    if (this.epoch !== null && epoch !== this.epoch) return void this.beginAnew();
    this.epoch = epoch;
    this.resumption.clear();
    this.behind.clear();
    const moved = app.positions.adopt(fresh);
    app.community.markStale(app.community.servers.map((server) => server.id));
    app.community.retainChannels((id) => id in fresh);
    app.histories.retain((id) => id in fresh);
    void app.keeping.retain(new Set(Object.keys(fresh)));
    for (const topic of moved) this.catchUp(topic, fresh[topic]!);
    app.membership.survey(moved);
  }

  /** A backup was restored: what is held may never have been. What was written here and not sent stays. */
  private async beginAnew(): Promise<void> {
    this.app.keeping.clear();
    await this.app.local.forgetRead();
    location.reload();
  }

  /** Messages as they were kept are on the screen; answers whether a resume brings what came since. */
  beginAt(channel: Id, position: number): boolean {
    const { positions } = this.app;
    const now = positions.of(channel);
    if (now === undefined || now === position) positions.begin(channel, position);
    else if (now < position || now - position > MOST_CHANGES) return false;
    else {
      positions.begin(channel, position);
      this.ask(channel, now);
    }
    return true;
  }

  /** Of what was told before only the server knows what it is to me. */
  repeated(frame: Frame): void {
    if (frame.name !== "MESSAGE_UPDATE") return;
    const message = frame.data as Message;
    if (message.reactions?.length) this.app.talk.learnMine(message);
  }

  /** It was asked for, and I may not follow it any more. */
  gone(topic: Id): void {
    this.app.positions.forget(topic);
    this.app.histories.forget(topic);
    this.app.keeping.forget(topic);
  }

  clear(): void {
    this.resumption.clear();
    this.behind.clear();
    this.epoch = null;
    this.app.positions.clear();
  }

  private catchUp(topic: Id, until: number): void {
    const { positions } = this.app;
    const behind = until - (positions.of(topic) ?? until);
    if (this.canResume(topic) && behind <= this.most(topic)) return this.ask(topic, until);
    positions.take(topic, until);
    this.app.histories.markStale([topic]);
    this.app.threads.relearn(topic);
  }

  private ask(topic: Id, until: number): void {
    this.behind.add(topic);
    this.resumption.ask(topic, until);
  }

  private most(topic: Id): number {
    return this.isTalk(topic) ? MOST_CHANGES : MOST_STRUCTURE;
  }

  /** Of my own affairs READY has told everything; of others only what is held must be brought up to the present. */
  private canResume(topic: Id): boolean {
    const { app } = this;
    if (topic === app.user?.id) return false;
    return this.isTalk(topic) ? app.histories.held(topic)?.isInStep === true : app.community.isKnown(topic);
  }

  private isTalk(topic: Id): boolean {
    return topic !== this.app.user?.id && !this.app.community.server(topic);
  }

  /** Of talk the frame is left out, since it comes again; else what is missing is fetched, and the frame counts. */
  private missed({ topic, position }: Place): boolean {
    if (this.isTalk(topic)) {
      this.ask(topic, position);
      return false;
    }
    this.app.positions.take(topic, position);
    this.refetch(topic);
    return true;
  }

  /** What is held cannot be brought up to the present. */
  private reset({ topic, position }: Place): boolean {
    this.behind.delete(topic);
    this.app.positions.forget(topic);
    this.app.positions.take(topic, position);
    this.refetch(topic);
    return true;
  }

  private refetch(topic: Id): void {
    const { app } = this;
    if (app.community.server(topic)) {
      app.community.markStale([topic]);
      app.rights.relearn(topic).catch(app.report);
    }
    company.relearn(app, topic);
    if (topic === app.user?.id) app.levels.relearn().catch(app.report);
    app.histories.markStale([topic]);
    app.threads.relearn(topic);
    app.documents.markStale();
    app.unread.relearn();
    app.inbox.relearn();
    app.refreshOpen();
  }
}
