// Updates the local database as the log is followed, and paints from it at startup. Each record of a topic contains at
// least everything up to its position: state and position are read at the same moment, after a frame was applied. So a
// resume from there brings all later changes, and nothing is missing, however suddenly the browser ended.
import type { Channel, Id, Member, Message, User } from "../../api/types";
import type { Live } from "../live.svelte";
import type { Positions } from "../positions";
import type { StoredChannel, StoredServer, LocalDatabase } from "./database";
import { ChannelCache } from "./channelcache";
import { restore, stateOf, type StateParts } from "./state";

const PAUSE_MS = 1_000;
const MOST_MESSAGES = 100;
const MOST_MEMBERS = 300;

interface Servers {
  server: (id: Id) => unknown;
  isKnown: (id: Id) => boolean;
  member: (server: Id, user: Id) => Member | undefined;
  membersOf: (server: Id) => Member[];
  channelsOf: (server: Id) => Channel[];
  restore: (server: StoredServer) => void;
}

interface Histories {
  held: (channel: Id) => { isWhole: boolean; timeline: Window } | undefined;
}

interface Window {
  messages: Message[];
  reachesStart: boolean;
}

/** Also what else READY contains. */
export interface SnapshotNeeds extends StateParts {
  local: LocalDatabase;
  positions: Positions;
  live: Pick<Live, "isReady">;
  session: { user: User | null };
  community: Servers & StateParts["community"];
  histories: Histories;
}

export class Snapshots {
  private readonly channels = new Set<Id>();
  private readonly servers = new Set<Id>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly cache: ChannelCache;

  constructor(private readonly needs: SnapshotNeeds) {
    this.cache = new ChannelCache(needs.local);
  }

  /** Shows what was stored last; returns the user it belongs to, or null if nothing was stored. */
  async recall(owner: Id): Promise<User | null> {
    const { local, positions, community } = this.needs;
    local.open(owner);
    const [state, stored] = await Promise.all([local.get("state", "state"), local.all("servers")]);
    if (!state) return null;
    restore(this.needs, state);
    for (const server of stored) {
      community.restore(server);
      positions.begin(server.id, server.position);
    }
    return state.user;
  }

  /** Reads which channels are stored. */
  loadIndex(): Promise<void> {
    return this.cache.loadIndex();
  }

  /** A channel's stored messages. */
  recallChannel(channel: Id): Promise<StoredChannel | undefined> {
    return this.cache.get(channel);
  }

  /** Something in a topic changed, or (without one) something that READY contains. */
  note(topic?: Id): void {
    if (topic && this.needs.community.server(topic)) this.servers.add(topic);
    else if (topic && topic !== this.needs.session.user?.id) this.channels.add(topic);
    this.timer ??= setTimeout(() => this.flush(), PAUSE_MS);
  }

  /** The user can no longer view it. */
  forget(topic: Id): void {
    for (const noted of [this.channels, this.servers]) noted.delete(topic);
    this.cache.drop(topic);
    void this.needs.local.drop("servers", topic);
  }

  /** Deletes everything that READY does not name any more. */
  async retain(isFollowed: (topic: Id) => boolean): Promise<void> {
    for (const store of ["channels", "servers"] as const)
      for (const topic of await this.needs.local.keys(store)) if (!isFollowed(topic)) this.forget(topic);
  }

  /** Writes what changed; immediately if the page may end. */
  flush(): void {
    this.stop();
    const { local, session, live } = this.needs;
    const owner = session.user;
    if (!owner || owner.id !== local.owner || !live.isReady) return;
    void local.put("state", stateOf(this.needs, owner));
    for (const server of this.servers) this.keepServer(server);
    for (const channel of this.channels) this.keepChannel(channel);
    this.done();
  }

  /** Another account may follow. */
  clear(): void {
    this.done();
    this.cache.clear();
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
    const { local, positions, community, session } = this.needs;
    const position = positions.of(id);
    if (position === undefined || !community.isKnown(id)) return;
    const own = community.member(id, session.user!.id);
    const others = community.membersOf(id).filter((member) => member !== own);
    const members = [...(own ? [own] : []), ...others].slice(0, MOST_MEMBERS);
    void local.put("servers", { id, channels: community.channelsOf(id), members, position });
  }

  /**
   * Skipped if what is held ends before the newest message, or is being compared with the server: then the older record
   * stays.
   */
  private keepChannel(id: Id): void {
    const position = this.needs.positions.of(id);
    const history = this.needs.histories.held(id);
    if (position === undefined || !history?.isWhole) return;
    const { messages, reachesStart } = history.timeline;
    const newest = messages.slice(-MOST_MESSAGES);
    const isFromStart = reachesStart && newest.length === messages.length;
    const record = { id, messages: newest, reachesStart: isFromStart, position, usedAt: Date.now() };
    void this.cache.put(record);
  }
}
