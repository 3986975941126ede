// What a room of the client declares to the others: its pages in the settings, what its messages show, its entries in
// menus. Only `features.ts` names the room, so deleting the room's folder and its line there removes it.
//
// The events that only one room needs are declared there too: its `feature.ts` adds them to `Events`.
import type { Component } from "svelte";
import type { Api } from "./api/api";
import type { Calls } from "./api/moderation";
import type { Id, Message, Place, Server } from "./api/types";
import type { PermissionName } from "./community/permissions.svelte";
import { NO_EMOJIS, type ServerEmojis } from "./emoji/serveremojis";
import type { May } from "./messages/may";
import type { Screen } from "./store/screen.svelte";
import type { Frame } from "./sync/frames";
import type { MenuEntry } from "./ui/menu";

type Load<Props extends object> = () => Promise<{ default: Component<Props> }>;

/** What rooms build on. */
export interface Core {
  api: Api;
  screen: Screen;
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
  /** What only components use. */
  stores?: object[];
  /** Changes what the room holds. */
  apply?: (frame: Frame) => void;
}

export type CreateFeature = (core: Core) => Feature;

/** All rooms of the list, as one. */
export class Features {
  readonly parts: MessagePart[];
  readonly composer: ComposerEntry[];
  readonly emojis: ServerEmojis;
  readonly stores: object[];

  constructor(
    private readonly all: readonly Feature[],
    readonly loadPages: () => Promise<SettingsPages>,
  ) {
    this.parts = all.flatMap((each) => each.parts ?? []);
    this.composer = all.flatMap((each) => each.composer ?? []);
    this.stores = all.flatMap((each) => each.stores ?? []);
    this.emojis = all.find((each) => each.emojis)?.emojis ?? NO_EMOJIS;
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

  apply(frame: Frame): void {
    for (const each of this.all) each.apply?.(frame);
  }
}
