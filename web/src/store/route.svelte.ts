// What the user has open, stored in the address's fragment so that reloads, the Back button and links work.
import type { Id, Message, Place } from "../api/types";
import type { Layers } from "./layers";
import { listOf, remember } from "./preferences";

const LAST_PLACE = "last-place";

const PATTERN = /^#\/s\/([0-9a-f-]{36})(?:\/([0-9a-f-]{36}))?(?:\/[dm]\/[0-9a-f-]{36})?$/;

const CONVERSATION = /^#\/c\/([0-9a-f-]{36})(?:\/[dm]\/[0-9a-f-]{36})?$/;

/** In a channel or a conversation. */
const DOCUMENT = /\/d\/([0-9a-f-]{36})$/;

/** A message to show among the others; the address then drops it. */
const MESSAGE = /\/m\/([0-9a-f-]{36})$/;

const FRIENDS = /^#\/friends(?:\/(online|all|pending|blocked))?$/;

export type FriendsTab = "online" | "all" | "pending" | "blocked";

const MAILED = /^#\/(reset|verify-email|not-me|unsubscribe)\/([\w-]+)$/;

/** A link in a mail, or one for a new password that an administrator passed on. */
export interface MailedLink {
  page: string;
  token: string;
}

const INVITE = /^#\/i\/([A-Za-z0-9]{1,64})$/;

export class Route {
  server = $state<Id | null>(null);
  channel = $state<Id | null>(null);

  conversation = $state<Id | null>(null);

  /** The document that is shown in place of the messages. */
  document = $state<Id | null>(null);

  /** The message that a link leads to. */
  message = $state<Id | null>(null);

  /** Which list of the friends view is open, if any. */
  friends = $state<FriendsTab | null>(null);

  /** The invite code of a link that was opened. */
  invite = $state<string | null>(null);

  /** The link with a token that was opened. */
  mailed = $state.raw<MailedLink | null>(null);

  constructor(private readonly layers: Layers) {
    this.read();
    addEventListener("hashchange", () => this.read());
  }

  /** Whether the address names nothing that there could be. */
  isUnknown = $state(false);

  /** The open channel or conversation. */
  get place(): Id | null {
    return this.channel ?? this.conversation;
  }

  /** The user is at this place, to which `resume` leads them. */
  stay(user: Id, place: Pick<Place, "id" | "server_id">): void {
    remember(user, LAST_PLACE, addressOf(place), 1);
  }

  /** Opens the place where the user was, if the address names none. */
  resume(user: Id): void {
    const [place] = listOf(user, LAST_PLACE);
    if (location.hash !== "" || !place) return;
    this.layers.rename(place);
    this.read();
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

  /** The last view that was open outside of servers. */
  toLastAtHome(): void {
    this.go(this.lastAtHome);
  }

  toInvite(code: string): void {
    this.go(`#/i/${code}`);
  }

  home(): void {
    this.go("#/");
  }

  to(server: Id, channel: Id | null): void {
    this.go(placeAt(server, channel));
  }

  /** Opens the channel where the user was in this server; in the open server, that is the open one. */
  toServer(server: Id): void {
    if (server !== this.server) this.to(server, null);
  }

  /** Names the shown channel, if any, without a new history entry. */
  settle(server: Id, channel: Id | null): void {
    this.layers.rename(placeAt(server, channel));
    this.read();
  }

  /** Replaces an address that does not exist: going back does not lead to it again. */
  instead(fragment: "#/" | "#/friends/online"): void {
    this.layers.rename(fragment);
    this.read();
  }

  /** The message in the address is being shown: a reload, or going back, does not show it again. */
  reached(): void {
    this.layers.rename(location.hash.replace(MESSAGE, ""));
    this.read();
  }

  private go(fragment: string): void {
    this.layers.go(fragment);
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
    const mailed = MAILED.exec(location.hash);
    this.mailed = mailed && { page: mailed[1] ?? "", token: mailed[2] ?? "" };
    this.isUnknown =
      !["", "#/"].includes(location.hash) &&
      ![PATTERN, CONVERSATION, FRIENDS, INVITE, MAILED].some((known) => known.test(location.hash));
  }
}

/** The link with which others can open this message, if they have access. */
export function linkTo({ id, channel_id }: Pick<Message, "id" | "channel_id">, server_id: Id | null): string {
  const { origin, pathname } = location;
  return `${origin}${pathname}${addressOf({ id: channel_id, server_id })}/m/${id}`;
}

/** The link with which others can open this channel, if they have access. */
export const placeLink = (place: Pick<Place, "id" | "server_id">): string =>
  `${location.origin}${location.pathname}${addressOf(place)}`;

/** The link with which others can join a server. */
export const inviteLink = (code: string): string => `${location.origin}${location.pathname}#/i/${code}`;

/** Something in this client that a link leads to. */
export interface LinkTarget {
  fragment: string;
  /** A channel or a conversation; null for an invite, or if a document in it is meant. */
  place: Id | null;
  message: Id | null;
}

/** What an address in this client leads to; null for any other address. */
export function linkTargetAt(address: string): LinkTarget | null {
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
