// Servers, their channels and their members, as fetched and as changed by events since.
import { SvelteMap } from "svelte/reactivity";
import type { Api } from "../api/api";
import type { Channel, Id, Member, Server } from "../api/types";
import type { People } from "./people.svelte";
import type { Voices } from "./voices.svelte";

export class Community {
  private readonly serverMap = new SvelteMap<Id, Server>();
  private readonly channelMap = new SvelteMap<Id, Channel>();
  private readonly memberMap = new SvelteMap<Id, SvelteMap<Id, Member>>();
  private readonly loaded = new SvelteMap<Id, boolean>();
  private readonly loading = new Map<Id, Promise<void>>();

  /** Servers that changed while they were being fetched: what was fetched may be older than the change. */
  private readonly changed = new Set<Id>();

  servers = $derived([...this.serverMap.values()].sort((a, b) => a.created_at.localeCompare(b.created_at)));

  constructor(
    private readonly api: Api,
    private readonly people: People,
    private readonly voices: Voices,
  ) {}

  server(id: Id): Server | undefined {
    return this.serverMap.get(id);
  }

  channel(id: Id): Channel | undefined {
    return this.channelMap.get(id);
  }

  channelsOf(server: Id): Channel[] {
    const own = [...this.channelMap.values()].filter((channel) => channel.server_id === server);
    return own.sort((a, b) => a.position - b.position || a.created_at.localeCompare(b.created_at));
  }

  member(server: Id, user: Id): Member | undefined {
    return this.memberMap.get(server)?.get(user);
  }

  membersOf(server: Id): Member[] {
    return [...(this.memberMap.get(server)?.values() ?? [])];
  }

  isLoaded(server: Id): boolean {
    return this.loaded.get(server) ?? false;
  }

  replaceServers(servers: Server[]): void {
    const kept = new Set(servers.map((server) => server.id));
    for (const id of [...this.serverMap.keys()]) if (!kept.has(id)) this.removeServer(id);
    for (const server of servers) this.putServer(server);
  }

  putServer(server: Server): void {
    this.serverMap.set(server.id, { ...this.serverMap.get(server.id), ...server });
  }

  removeServer(id: Id): void {
    this.serverMap.delete(id);
    this.memberMap.delete(id);
    this.loaded.delete(id);
    for (const channel of this.channelsOf(id)) this.channelMap.delete(channel.id);
  }

  /** Fetches channels and members unless they are held already. */
  load(server: Id): Promise<void> {
    if (this.isLoaded(server)) return Promise.resolve();
    return this.reload(server);
  }

  reload(server: Id): Promise<void> {
    const running = this.loading.get(server);
    if (running) return running;
    const work = this.fetch(server).finally(() => this.loading.delete(server));
    this.loading.set(server, work);
    return work;
  }

  /** Fetches the channels alone; what fails here is fetched when the server is opened. */
  loadChannels(server: Id, found: (channel: Id) => void): void {
    this.api.channels(server).then(
      (channels) => {
        for (const channel of channels) {
          this.channelMap.set(channel.id, channel);
          found(channel.id);
        }
      },
      () => undefined,
    );
  }

  /** What is held of these servers is shown still, and fetched again when next opened. */
  markStale(servers: Iterable<Id>): void {
    for (const server of servers) this.loaded.delete(server);
  }

  putChannel(channel: Channel): void {
    this.changed.add(channel.server_id);
    this.channelMap.set(channel.id, channel);
  }

  removeChannel(id: Id): void {
    const channel = this.channelMap.get(id);
    if (channel) this.changed.add(channel.server_id);
    this.channelMap.delete(id);
  }

  putMember(server: Id, member: Member): void {
    this.changed.add(server);
    this.people.fromMember(member);
    this.memberMap.get(server)?.set(member.user_id, member);
  }

  removeMember(server: Id, user: Id): void {
    this.changed.add(server);
    this.memberMap.get(server)?.delete(user);
  }

  clear(): void {
    for (const map of [this.serverMap, this.channelMap, this.memberMap, this.loaded]) map.clear();
  }

  private async fetch(server: Id): Promise<void> {
    const voices = this.voices.load(server);
    let [channels, members] = await this.ask(server);
    for (let again = 0; this.changed.has(server) && again < 3; again++)
      [channels, members] = await this.ask(server);
    const kept = new Set(channels.map((channel) => channel.id));
    for (const held of this.channelsOf(server)) if (!kept.has(held.id)) this.channelMap.delete(held.id);
    for (const channel of channels) this.channelMap.set(channel.id, channel);
    for (const member of members) this.people.fromMember(member);
    this.memberMap.set(server, new SvelteMap(members.map((member) => [member.user_id, member])));
    await voices;
    this.loaded.set(server, true);
  }

  private ask(server: Id): Promise<[Channel[], Member[]]> {
    this.changed.delete(server);
    return Promise.all([this.api.channels(server), this.api.members(server)]);
  }
}
