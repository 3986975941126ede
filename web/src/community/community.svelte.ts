// Servers, their channels and their members, as fetched and as changed by later events.
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import { MOST_MEMBERS, type Api } from "../api/api";
import type { Channel, Id, Member, Server } from "../api/types";
import type { Answers } from "../store/answers";
import type { StoredServer } from "../store/local/database";

export interface CommunityNeeds {
  api: Pick<Api, "channels" | "members" | "findMembers">;
  answers: Answers;
  /** Stores a member's names and presence. */
  memberSeen: (member: Member) => void;
  /** Fetches who is in a server's voice channels. */
  loadVoices: (server: Id) => Promise<void>;
  /** A server's data was fetched again. */
  fetched: (server: Id) => void;
}

export class Community {
  private readonly serverMap = new SvelteMap<Id, Server>();
  private readonly channelMap = new SvelteMap<Id, Channel>();
  private readonly memberMap = new SvelteMap<Id, SvelteMap<Id, Member>>();

  /** Servers whose channels are known, and servers that were fetched completely since the last gap. */
  private readonly known = new SvelteSet<Id>();
  private readonly loaded = new SvelteSet<Id>();
  /** For servers with more members than were fetched: the last fetched member, in the order of joining. */
  private readonly fetchedTo = new SvelteMap<Id, Id>();
  private readonly loading = new Map<Id, Promise<void>>();

  servers = $derived([...this.serverMap.values()].sort((a, b) => a.created_at.localeCompare(b.created_at)));

  constructor(private readonly needs: CommunityNeeds) {}

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

  countMembers(server: Id): number {
    return this.memberMap.get(server)?.size ?? 0;
  }

  /** For a server with members that are not held here: the last one fetched. */
  membersEnd(server: Id): Id | undefined {
    return this.fetchedTo.get(server);
  }

  /** Whether the server has members that are not held here. */
  hasMoreMembers(server: Id): boolean {
    return this.fetchedTo.has(server);
  }

  /** Fetches the members whose name begins with `beginning`, unless all members are held. */
  async findMembers(server: Id, beginning: string): Promise<void> {
    if (!beginning || !this.hasMoreMembers(server)) return;
    await this.needs.answers.show(this.needs.api.findMembers(server, beginning), (found) =>
      this.addMembers(server, found),
    );
  }

  /** Fetches the members who joined next after the last one fetched. */
  async nextMembers(server: Id, count = MOST_MEMBERS): Promise<void> {
    const after = this.fetchedTo.get(server);
    await this.needs.answers.show(this.needs.api.members(server, count, after), (page) => {
      this.addMembers(server, page);
      // Meanwhile all members may have been fetched again from the beginning.
      if (this.fetchedTo.get(server) === after) this.noteEnd(server, page, count);
    });
  }

  private addMembers(server: Id, members: Member[]): void {
    for (const member of members) {
      this.needs.memberSeen(member);
      this.memberMap.get(server)?.set(member.user_id, member);
    }
  }

  private noteEnd(server: Id, page: Member[], asked: number): void {
    if (page.length === asked) this.fetchedTo.set(server, page.at(-1)!.user_id);
    else this.fetchedTo.delete(server);
  }

  isLoaded(server: Id): boolean {
    return this.loaded.has(server);
  }

  /** Whether the server's channels are known, though they may be out of date. */
  isKnown(server: Id): boolean {
    return this.known.has(server);
  }

  /** Shows what was stored earlier. */
  restore({ id, channels, members }: Pick<StoredServer, "id" | "channels" | "members">): void {
    for (const channel of channels) this.channelMap.set(channel.id, channel);
    this.memberMap.set(id, new SvelteMap(members.map((member) => [member.user_id, member])));
    this.known.add(id);
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
    for (const set of [this.known, this.loaded]) set.delete(id);
    for (const channel of this.channelsOf(id)) this.channelMap.delete(channel.id);
  }

  /** Fetches channels and members, unless they are already held. */
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

  /** Fetches only the channels; if this fails, they are fetched when the server is opened. */
  loadChannels(server: Id, found: () => void): void {
    const show = (channels: Channel[]) => {
      this.replaceChannels(server, channels);
      this.known.add(server);
    };
    const shown = this.needs.answers
      .show(this.needs.api.channels(server), show)
      .then(() => this.needs.fetched(server));
    shown.then(found, () => undefined);
  }

  /** These servers stay on the screen, and are fetched again when next opened. */
  markStale(servers: Iterable<Id>): void {
    for (const server of servers) this.loaded.delete(server);
  }

  /** Removes channels that the user can no longer view. */
  retainChannels(isThere: (channel: Id) => boolean): void {
    for (const id of [...this.channelMap.keys()]) if (!isThere(id)) this.channelMap.delete(id);
  }

  putChannel(channel: Channel): void {
    this.needs.answers.change(() => this.channelMap.set(channel.id, channel));
  }

  removeChannel(id: Id): void {
    const channel = this.channelMap.get(id);
    if (channel) this.needs.answers.change(() => this.channelMap.delete(id));
  }

  putMember(server: Id, member: Member): void {
    this.needs.answers.change(() => this.addMembers(server, [member]));
  }

  removeMember(server: Id, user: Id): void {
    this.needs.answers.change(() => this.memberMap.get(server)?.delete(user));
  }

  clear(): void {
    const { serverMap, channelMap, memberMap, known, loaded, fetchedTo } = this;
    for (const held of [serverMap, channelMap, memberMap, known, loaded, fetchedTo]) held.clear();
  }

  private async fetch(server: Id): Promise<void> {
    const question = Promise.all([this.needs.api.channels(server), this.needs.api.members(server)]);
    const shown = this.needs.answers.show(question, ([channels, members]) => {
      for (const member of members) this.needs.memberSeen(member);
      this.replaceChannels(server, channels);
      this.restore({ id: server, channels, members });
      this.noteEnd(server, members, MOST_MEMBERS);
    });
    await Promise.all([shown, this.needs.loadVoices(server)]);
    this.loaded.add(server);
    this.needs.fetched(server);
  }

  private replaceChannels(server: Id, channels: Channel[]): void {
    const kept = new Set(channels.map((channel) => channel.id));
    for (const held of this.channelsOf(server)) if (!kept.has(held.id)) this.channelMap.delete(held.id);
    for (const channel of channels) this.channelMap.set(channel.id, channel);
  }
}
