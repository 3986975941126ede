// Where the person is, kept in the address's fragment so that reload, back and links work.
import type { Id, Message, Place } from "../api/types";

const PATTERN = /^#\/s\/([0-9a-f-]{36})(?:\/([0-9a-f-]{36}))?(?:\/[dm]\/[0-9a-f-]{36})?$/;

const CONVERSATION = /^#\/c\/([0-9a-f-]{36})(?:\/[dm]\/[0-9a-f-]{36})?$/;

/** In a channel or a conversation. */
const DOCUMENT = /\/d\/([0-9a-f-]{36})$/;

/** To be shown among the others; it leaves the address then. */
const MESSAGE = /\/m\/([0-9a-f-]{36})$/;

const FRIENDS = /^#\/friends(?:\/(online|all|pending|blocked))?$/;

export type FriendsTab = "online" | "all" | "pending" | "blocked";

const INVITE = /^#\/i\/([A-Za-z0-9]{1,64})$/;

export class Route {
  server = $state<Id | null>(null);
  channel = $state<Id | null>(null);

  conversation = $state<Id | null>(null);

  /** The document that is shown instead of the messages. */
  document = $state<Id | null>(null);

  /** The message that a link leads to. */
  message = $state<Id | null>(null);

  /** Which of the lists of the friends' screen is open, if it is. */
  friends = $state<FriendsTab | null>(null);

  /** The code of an invite, of which somebody opened the link. */
  invite = $state<string | null>(null);

  constructor() {
    this.read();
    addEventListener("hashchange", () => this.read());
  }

  /** The channel or the conversation that is open. */
  get place(): Id | null {
    return this.channel ?? this.conversation;
  }

  toConversation(id: Id): void {
    this.go(`#/c/${id}`);
  }

  toPlace({ id, server_id }: Pick<Place, "id" | "server_id">): void {
    this.go(addressOf({ id, server_id }));
  }

  toDocument(place: Pick<Place, "id" | "server_id">, document: Id): void {
    this.go(`${addressOf(place)}/d/${document}`);
  }

  toFriends(tab: FriendsTab = "online"): void {
    this.go(`#/friends/${tab}`);
  }

  /** Where one was last at home. */
  toLastAtHome(): void {
    this.go(this.lastAtHome);
  }

  home(): void {
    this.go("#/");
  }

  to(server: Id, channel: Id | null): void {
    this.go(placeAt(server, channel));
  }

  /** Names the channel that is shown, if any, without adding a step to the history. */
  settle(server: Id, channel: Id | null): void {
    history.replaceState(null, "", placeAt(server, channel));
    this.read();
  }

  /** Shows this in place of what is not there: going back does not lead to that again. */
  instead(fragment: "#/" | "#/friends/online"): void {
    history.replaceState(null, "", fragment);
    this.read();
  }

  /** The message that the address names is being shown: reloading, or going back, does not do it again. */
  reached(): void {
    history.replaceState(null, "", location.hash.replace(MESSAGE, ""));
    this.read();
  }

  private go(fragment: string): void {
    if (location.hash !== fragment) history.pushState(null, "", fragment);
    this.read();
  }

  private lastAtHome = "#/";

  private read(): void {
    const match = PATTERN.exec(location.hash);
    this.server = match?.[1] ?? null;
    this.channel = match?.[2] ?? null;
    this.conversation = CONVERSATION.exec(location.hash)?.[1] ?? null;
    this.document = DOCUMENT.exec(location.hash)?.[1] ?? null;
    this.message = MESSAGE.exec(location.hash)?.[1] ?? null;
    const friends = FRIENDS.exec(location.hash);
    this.friends = friends && ((friends[1] as FriendsTab | undefined) ?? "online");
    if (!this.server) this.lastAtHome = this.conversation || this.friends ? location.hash : "#/";
    this.invite = INVITE.exec(location.hash)?.[1] ?? null;
  }
}

/** What others can open to see this message, if they may. */
export function linkTo({ id, channel_id }: Pick<Message, "id" | "channel_id">, server_id: Id | null): string {
  const { origin, pathname } = location;
  return `${origin}${pathname}${addressOf({ id: channel_id, server_id })}/m/${id}`;
}

/** Somewhere in this client. */
export interface Spot {
  fragment: string;
  /** A channel or a conversation; none of an invite, or where a document in it is meant. */
  place: Id | null;
  message: Id | null;
}

/** Where in this client an address leads; null for any other. */
export function spotAt(address: string): Spot | null {
  const { origin, pathname, search, hash } = new URL(address);
  if (origin !== location.origin || pathname !== location.pathname || search) return null;
  const found = [PATTERN, CONVERSATION, INVITE].map((pattern) => pattern.exec(hash));
  if (!found.some(Boolean)) return null;
  const place = DOCUMENT.test(hash) ? null : (found[0]?.[2] ?? found[1]?.[1] ?? null);
  return { fragment: hash, place, message: MESSAGE.exec(hash)?.[1] ?? null };
}

function addressOf({ id, server_id }: Pick<Place, "id" | "server_id">): string {
  return server_id === null ? `#/c/${id}` : placeAt(server_id, id);
}

function placeAt(server: Id, channel: Id | null): string {
  return channel ? `#/s/${server}/${channel}` : `#/s/${server}`;
}
