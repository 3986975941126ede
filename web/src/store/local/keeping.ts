// Feeds the local database along the log, and paints from it at the start. Each record of a topic holds at least all up
// to its position: state and position are taken in one moment, after a frame was applied. So whatever came after is
// told by a resume from there, and nothing is missing, however suddenly the browser ended.
import type { Id, User } from "../../api/types";
import type { Application } from "../application.svelte";
import type { KeptChannel, LocalDatabase } from "./database";
import { ChannelShelf } from "./shelf";
import { restore, stateOf } from "./state";

const PAUSE_MS = 1_000;
const MOST_MESSAGES = 100;
const MOST_MEMBERS = 300;

export class Keeping {
  private readonly channels = new Set<Id>();
  private readonly servers = new Set<Id>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly shelf: ChannelShelf;

  constructor(
    private readonly app: Application,
    private readonly local: LocalDatabase,
  ) {
    this.shelf = new ChannelShelf(local);
  }

  /** Shows what was there last; answers whose it is, or null if nothing was kept. */
  async recall(owner: Id): Promise<User | null> {
    this.local.open(owner);
    const state = await this.local.get("state", "state");
    if (!state) return null;
    restore(this.app, state);
    for (const server of await this.local.all("servers")) {
      this.app.community.restore(server);
      this.app.positions.begin(server.id, server.position);
    }
    return state.user;
  }

  /** Learns of which channels something is kept. */
  survey(): Promise<void> {
    return this.shelf.survey();
  }

  /** The messages that were kept of a channel. */
  recallChannel(channel: Id): Promise<KeptChannel | undefined> {
    return this.shelf.get(channel);
  }

  /** Something changed that READY tells, or of a topic. */
  note(topic?: Id): void {
    if (topic && this.app.community.server(topic)) this.servers.add(topic);
    else if (topic && topic !== this.app.user?.id) this.channels.add(topic);
    this.timer ??= setTimeout(() => this.flush(), PAUSE_MS);
  }

  /** It may be seen no longer. */
  forget(topic: Id): void {
    for (const noted of [this.channels, this.servers]) noted.delete(topic);
    this.shelf.drop(topic);
    void this.local.drop("servers", topic);
  }

  /** Forgets all that READY does not name any more. */
  async retain(followed: ReadonlySet<Id>): Promise<void> {
    for (const store of ["channels", "servers"] as const)
      for (const topic of await this.local.keys(store)) if (!followed.has(topic)) this.forget(topic);
  }

  /** Writes what changed; at once when the page may end. */
  flush(): void {
    this.stop();
    const { app, local } = this;
    if (!app.user || app.user.id !== local.owner || !app.isReady) return;
    void local.put("state", stateOf(app, app.user));
    for (const server of this.servers) this.keepServer(server);
    for (const channel of this.channels) this.keepChannel(channel);
    this.done();
  }

  /** Another account may come. */
  clear(): void {
    this.done();
    this.shelf.clear();
  }

  private done(): void {
    this.stop();
    this.servers.clear();
    this.channels.clear();
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private keepServer(id: Id): void {
    const { community, positions, user } = this.app;
    const position = positions.of(id);
    if (position === undefined || !community.isKnown(id)) return;
    const own = community.member(id, user!.id);
    const others = community.membersOf(id).filter((member) => member !== own);
    const members = [...(own ? [own] : []), ...others].slice(0, MOST_MEMBERS);
    void this.local.put("servers", { id, channels: community.channelsOf(id), members, position });
  }

  /** Unless what is held ends before the present, or is being compared with the server: then the older record counts. */
  private keepChannel(id: Id): void {
    const position = this.app.positions.of(id);
    const history = this.app.histories.held(id);
    if (position === undefined || !history?.isWhole) return;
    const { messages, reachesStart } = history.timeline;
    const newest = messages.slice(-MOST_MESSAGES);
    const isFromStart = reachesStart && newest.length === messages.length;
    const record = { id, messages: newest, reachesStart: isFromStart, position, usedAt: Date.now() };
    void this.shelf.put(record);
  }
}
