// Friends, requests, blocks and privacy settings, as in READY and as changed by later events.
import { SvelteMap } from "svelte/reactivity";
import type { FriendCalls } from "../api/people";
import type {
  Block,
  Contact,
  FriendRequest,
  FriendRequestOrder,
  Id,
  Privacy,
  PrivacyChange,
} from "../api/types";
import type { People } from "../people/people.svelte";
import type { FriendsState } from "../store/local/state";

/** A person's relation to the user. Someone who is blocked is nothing else. */
export type Relation = "self" | "friend" | "incoming" | "outgoing" | "blocked" | "stranger";

export class Friends {
  private readonly contacts = new SvelteMap<Id, Contact>();
  private readonly requests = new SvelteMap<Id, FriendRequest>();
  private readonly blocks = new SvelteMap<Id, Block>();
  privacy = $state<Privacy | null>(null);

  all = $derived(this.byName([...this.contacts.values()], ({ contact_user_id }) => contact_user_id));
  blocked = $derived(this.byName([...this.blocks.values()], ({ user_id }) => user_id));
  incoming = $derived(this.pending(({ to_user_id }) => to_user_id === this.me()));
  outgoing = $derived(this.pending(({ from_user_id }) => from_user_id === this.me()));

  constructor(
    private readonly calls: FriendCalls,
    private readonly people: People,
    private readonly me: () => Id,
  ) {}

  contact(user: Id): Contact | undefined {
    return this.contacts.get(user);
  }

  isBlocked(user: Id | null): boolean {
    return user !== null && this.blocks.has(user);
  }

  relation(user: Id): Relation {
    if (user === this.me()) return "self";
    if (this.blocks.has(user)) return "blocked";
    if (this.contacts.has(user)) return "friend";
    if (this.requestFrom(user)) return "incoming";
    return this.requestTo(user) ? "outgoing" : "stranger";
  }

  requestFrom(user: Id): FriendRequest | undefined {
    return this.incoming.find(({ from_user_id }) => from_user_id === user);
  }

  requestTo(user: Id): FriendRequest | undefined {
    return this.outgoing.find(({ to_user_id }) => to_user_id === user);
  }

  adopt({ contacts, friend_requests, blocks, privacy }: FriendsState): void {
    for (const map of [this.contacts, this.requests, this.blocks]) map.clear();
    for (const contact of contacts) this.putContact(contact);
    for (const request of friend_requests) this.putRequest(request);
    for (const block of blocks) this.putBlock(block);
    this.privacy = privacy;
  }

  state(): FriendsState {
    const [contacts, friend_requests, blocks] = [this.contacts, this.requests, this.blocks];
    return {
      contacts: [...contacts.values()],
      friend_requests: [...friend_requests.values()],
      blocks: [...blocks.values()],
      privacy: this.privacy,
    };
  }

  /** Fetches all of it again, after something was missed. */
  async refetch(): Promise<void> {
    const { calls } = this;
    const all = [calls.contacts(), calls.requests(), calls.blocks(), calls.privacy()] as const;
    const [contacts, friend_requests, blocks, privacy] = await Promise.all(all);
    this.adopt({ contacts, friend_requests, blocks, privacy });
  }

  putContact(contact: Contact): void {
    this.contacts.set(contact.contact_user_id, { ...this.contacts.get(contact.contact_user_id), ...contact });
    this.people.fromContact(contact);
  }

  dropContact(user: Id): void {
    this.contacts.delete(user);
  }

  /** A friend has just gone offline. */
  wentOffline(user: Id): void {
    const contact = this.contacts.get(user);
    if (contact)
      this.contacts.set(user, { ...contact, is_online: false, last_seen: new Date().toISOString() });
  }

  putRequest(request: FriendRequest): void {
    if (request.status === "pending") this.requests.set(request.id, request);
    else this.requests.delete(request.id);
  }

  dropRequest(id: Id): void {
    this.requests.delete(id);
  }

  putBlock(block: Block): void {
    this.blocks.set(block.user_id, block);
  }

  dropBlock(user: Id): void {
    this.blocks.delete(user);
  }

  request = (order: FriendRequestOrder) => this.calls.request(order);

  async respond({ id }: FriendRequest, accept: boolean): Promise<void> {
    await this.calls.respond(id, accept);
    this.dropRequest(id);
  }

  async cancel({ id }: FriendRequest): Promise<void> {
    await this.calls.cancel(id);
    this.dropRequest(id);
  }

  async part(user: Id): Promise<void> {
    await this.calls.remove(user);
    this.dropContact(user);
  }

  async block(user: Id): Promise<void> {
    await this.calls.block(user);
    const person = this.people.of(user);
    const { username = "", avatarUrl = null } = person ?? {};
    this.putBlock({ user_id: user, username, avatar_url: avatarUrl, created_at: new Date().toISOString() });
  }

  async unblock(user: Id): Promise<void> {
    await this.calls.unblock(user);
    this.dropBlock(user);
  }

  async setPrivacy(change: PrivacyChange): Promise<void> {
    this.privacy = await this.calls.setPrivacy(change);
  }

  clear(): void {
    for (const map of [this.contacts, this.requests, this.blocks]) map.clear();
    this.privacy = null;
  }

  /** Ordered by the displayed names. */
  private byName<Record extends { username: string }>(
    records: Record[],
    idOf: (record: Record) => Id,
  ): Record[] {
    const nameOf = (record: Record) => this.people.of(idOf(record))?.name ?? record.username;
    return records.sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  }

  /** Newest first. */
  private pending(isWanted: (request: FriendRequest) => boolean): FriendRequest[] {
    return [...this.requests.values()]
      .filter(isWanted)
      .sort((a, b) => b.created_at.localeCompare(a.created_at));
  }
}
