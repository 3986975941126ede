// What is open on the screen besides what the address names.
import type { Component } from "svelte";
import type { Id, Server } from "../api/types";

/** What a dialog about a server gets; `place` is the open channel. */
export type ServerDialog = { server: Server; place: Id | null; close: () => void };

/** A dialog about something on the screen, opened from its menu. */
export type OpenDialog =
  | { kind: "createChannel"; server: Id; category: string | null }
  | { kind: "editChannel" | "deleteChannel"; channel: Id }
  | { kind: "renameCategory" | "deleteCategory"; server: Id; category: string }
  | { kind: "serverSettings" | "leaveServer" | "deleteServer"; server: Id }
  | { kind: "component"; server: Id; load: () => Promise<{ default: Component<ServerDialog> }> }
  | { kind: "timeOut" | "kick" | "ban"; server: Id; user: Id }
  | { kind: "remove" | "block"; user: Id }
  | { kind: "report"; about: Reported }
  | { kind: "conversation"; conversation: Id; about: "rename" | "add" | "leave" | "block" };

/** What is being reported: a message, a person in a server, or a server. */
export type Reported =
  | { kind: "message"; message: Id; server: Id | null }
  | { kind: "user"; user: Id; server: Id }
  | { kind: "server"; server: Id };

export class Screen {
  /** Whether the window can be seen at all. */
  isVisible = $state(!document.hidden);

  /** The person whose card is open. */
  person = $state<Id | null>(null);

  /** The code of the invite that the user accepted by registering or logging in on its page. */
  accepted = $state<string | null>(null);

  /** The server to which people are being invited. */
  inviting = $state<Id | null>(null);

  /** The panel at the end, beside the messages: one at a time. */
  panel = $state<"search" | "inbox" | "pins" | "threads" | null>(null);

  get isSearching(): boolean {
    return this.panel === "search";
  }

  set isSearching(isOpen: boolean) {
    this.turn("search", isOpen);
  }

  get isInboxOpen(): boolean {
    return this.panel === "inbox";
  }

  set isInboxOpen(isOpen: boolean) {
    this.turn("inbox", isOpen);
  }

  get showsPins(): boolean {
    return this.panel === "pins";
  }

  set showsPins(isOpen: boolean) {
    this.turn("pins", isOpen);
  }

  get showsThreads(): boolean {
    return this.panel === "threads";
  }

  set showsThreads(isOpen: boolean) {
    this.turn("threads", isOpen);
  }

  dialog = $state.raw<OpenDialog | null>(null);

  /** Whether people are being chosen for a new conversation. */
  isBeginning = $state(false);

  /** The message to show, until its channel shows it. */
  target = $state<{ channel: Id; message: Id } | null>(null);

  /** Counts the requests to show the newest message of the open channel. */
  newestRequests = $state(0);

  private turn(panel: NonNullable<typeof this.panel>, isOpen: boolean): void {
    if (isOpen) this.panel = panel;
    else if (this.panel === panel) this.panel = null;
  }
}
