// What a room of the client declares to the others: what it holds, how events change that, its pages in the settings,
// what its messages show, its entries in menus. Only `features.ts` names the room, so deleting the room's folder and its
// line there removes it.
//
// The events that only one room needs are declared there too: its `feature.ts` adds them to `Events`.
import type { Component } from "svelte";
import type { Api } from "./api/api";
import type { Calls } from "./api/moderation";
import type { Id, Message, Place, Server } from "./api/types";
import type { Access } from "./community/access";
import type { Community } from "./community/community.svelte";
import type { Membership } from "./community/membership";
import type { PermissionName, Permissions } from "./community/permissions.svelte";
import type { ConversationNames } from "./conversations/conversationnames";
import type { Conversations } from "./conversations/conversations.svelte";
import type { Navigation } from "./conversations/navigation";
import { NO_EMOJIS, type ServerEmojis } from "./emoji/serveremojis";
import type { Uploads } from "./files/uploads.svelte";
import type { Friends } from "./friends/friends.svelte";
import type { Histories } from "./messages/history.svelte";
import type { May } from "./messages/may";
import type { Outbox } from "./messages/outbox.svelte";
import type { Talk } from "./messages/talk.svelte";
import type { Threads } from "./messages/threads.svelte";
import type { Unread } from "./messages/unread.svelte";
import type { Desktop } from "./notifications/desktop.svelte";
import type { Levels } from "./notifications/levels.svelte";
import type { NotificationSounds } from "./notifications/sounds.svelte";
import type { Names } from "./people/names";
import type { People } from "./people/people.svelte";
import type { Answers } from "./store/answers";
import type { Applier, Appliers } from "./store/events";
import type { Following } from "./store/following";
import type { Live } from "./store/live.svelte";
import type { Snapshots } from "./store/local/snapshots";
import type { Positions } from "./store/positions";
import type { Route } from "./store/route.svelte";
import type { Screen } from "./store/screen.svelte";
import type { Session } from "./store/session.svelte";
import type { EventName, Frame } from "./sync/frames";
import type { MenuEntry } from "./ui/menu";
import type { Toasts } from "./ui/toasts.svelte";
import type { Line } from "./voice/line.svelte";
import type { Voices } from "./voice/voices.svelte";

type Load<Props extends object> = () => Promise<{ default: Component<Props> }>;

/** What rooms build on: what several of them use. */
export interface Core {
  session: Session;
  api: Api;
  toasts: Toasts;
  route: Route;
  screen: Screen;
  live: Live;
  positions: Positions;
  following: Following;
  answers: Answers;
  people: People;
  names: Names;
  friends: Friends;
  community: Community;
  permissions: Permissions;
  membership: Membership;
  access: Access;
  conversations: Conversations;
  conversationNames: ConversationNames;
  navigation: Navigation;
  histories: Histories;
  threads: Threads;
  talk: Talk;
  outbox: Outbox;
  uploads: Uploads;
  unread: Unread;
  levels: Levels;
  desktop: Desktop;
  sounds: NotificationSounds;
  voices: Voices;
  line: Line;
  snapshots: Snapshots;
  features: Features;
}

/** The pages of a room in the settings, by their ids; its `pages.ts` has them, which loads with the settings. */
type Pages<Props extends object> = Record<string, { title: () => string; Page: Component<Props> }>;

export type ServerPages = Pages<{ server: Server; calls: Calls; leave: () => void }>;
export type AccountPages = Pages<Record<string, never>>;

export interface SettingsPages {
  server: ServerPages;
  account: AccountPages;
}

/** What some messages have below their text. */
export interface MessagePart {
  id: string;
  isIn: (message: Message) => boolean;
  Part: Component<{ message: Message; may: May }>;
}

/** What can be sent besides text and files: a button, and the form that it opens. */
export interface ComposerEntry {
  id: string;
  label: () => string;
  icon: Component;
  load: Load<{ place: Place; thread: Message | null; sent: () => void; close: () => void }>;
}

export interface Feature {
  /** The pages that it has in the settings of a server. Anyone with one of the permissions is offered the page. */
  serverPages?: Record<string, PermissionName[]>;
  /** The pages that it has in the settings of the account. */
  accountPages?: string[];
  /** Those for administrators of the instance. */
  adminPages?: string[];
  parts?: MessagePart[];
  composer?: ComposerEntry[];
  /** In the menu of a server. */
  serverMenu?: (server: Id) => MenuEntry[];
  emojis?: ServerEmojis;
  /** What it holds. Components use each by its class; those with `clear` are emptied when the session ends. */
  stores?: object[];
  /** How events change what is held. */
  events?: Partial<Appliers>;
  /** Connected, and all rooms have applied READY: continues what was interrupted. */
  resume?: () => void;
  /** What is held of a topic cannot be brought up to date: fetched again when it is next needed. */
  refetch?: (topic: Id) => void;
  /** Fetches again what is on the screen, if it is out of date. */
  refresh?: () => void;
  /** Drops what is no longer followed. */
  retain?: (isFollowed: (topic: Id) => boolean) => void;
  /** Drops what is held of a channel, a conversation or a server that the user can no longer view. */
  forget?: (topic: Id) => void;
}

export type CreateFeature = (core: Core) => Feature;

/** All rooms of the list, as one. */
export class Features {
  private all: readonly Feature[] = [];
  parts: MessagePart[] = [];
  composer: ComposerEntry[] = [];
  stores: object[] = [];
  emojis = NO_EMOJIS;
  loadPages!: () => Promise<SettingsPages>;

  /** They load with what is behind the log-in page. */
  open(all: readonly Feature[], loadPages: () => Promise<SettingsPages>): void {
    this.all = all;
    this.parts = all.flatMap((each) => each.parts ?? []);
    this.composer = all.flatMap((each) => each.composer ?? []);
    this.stores = all.flatMap((each) => each.stores ?? []);
    this.emojis = all.find((each) => each.emojis)?.emojis ?? NO_EMOJIS;
    this.loadPages = loadPages;
  }

  /** The pages of a server's settings that are open to someone with these permissions. */
  serverPages(may: (permission: PermissionName) => boolean): string[] {
    const all = this.all.flatMap((each) => Object.entries(each.serverPages ?? {}));
    return all.filter(([, permissions]) => permissions.some(may)).map(([id]) => id);
  }

  accountPages(isAdministrator: boolean): string[] {
    return this.all.flatMap(({ accountPages = [], adminPages = [] }) =>
      isAdministrator ? [...accountPages, ...adminPages] : accountPages,
    );
  }

  serverMenu(server: Id): MenuEntry[] {
    return this.all.flatMap((each) => each.serverMenu?.(server) ?? []);
  }

  apply({ name, data, place }: Frame): void {
    for (const { events } of this.all)
      (events?.[name] as Applier<EventName> | undefined)?.(data, place?.topic ?? "");
  }

  resume(): void {
    for (const each of this.all) each.resume?.();
  }

  refetch(topic: Id): void {
    for (const each of this.all) each.refetch?.(topic);
    this.refresh();
  }

  refresh(): void {
    for (const each of this.all) each.refresh?.();
  }

  retain(isFollowed: (topic: Id) => boolean): void {
    for (const each of this.all) each.retain?.(isFollowed);
  }

  forget(topic: Id): void {
    for (const each of this.all) each.forget?.(topic);
  }
}
