// The actions for a message: for its buttons, its menu, its long press and its shortcuts. Actions that the user is not
// allowed are left out.
import {
  Copy,
  FaceSlightlySmilingPlus,
  Flag,
  Link,
  MessageSquareDot,
  MessagesSquare,
  Pencil,
  Pin,
  PinOff,
  Reply,
  Trash2,
} from "@lucide/svelte";
import type { Component } from "svelte";
import type { Message, Place } from "../api/types";
import { use } from "../store/context";
import { linkTo } from "../store/route.svelte";
import { text } from "../text/texts";
import { copyWords } from "../ui/clipboard";
import type { MenuAction } from "../ui/menu";
import { keysFor, type ShortcutId } from "../ui/shortcuts";
import type { May } from "./may";
import { Session } from "../store/session.svelte";
import { Screen } from "../store/screen.svelte";
import { Api } from "../api/api";
import { Toasts } from "../ui/toasts.svelte";
import { Threads } from "./threads.svelte";
import { Unread } from "./unread.svelte";

export interface Needs {
  session: Session;
  screen: Screen;
  api: Api;
  toasts: Toasts;
  threads: Threads;
  unread: Unread;
}

/** Call it when a component is created. */
export function useMessageActions(): (about: About) => MessageAction[] {
  const needs: Needs = {
    session: use(Session),
    screen: use(Screen),
    api: use(Api),
    toasts: use(Toasts),
    threads: use(Threads),
    unread: use(Unread),
  };
  return (about) => actionsFor(needs, about);
}

export interface About {
  message: Message;
  place: Place;
  may: May;
  inThread: boolean;
  canEdit: boolean;
  canDelete: boolean;
  answer: () => void;
  edit: () => void;
  remove: () => void;
  /** Opens the picker for a reaction. */
  react: () => unknown;
}

type ShortcutAction = Extract<
  ShortcutId<"messages">,
  "reply" | "thread" | "react" | "pin" | "copy" | "unread" | "link" | "edit" | "remove"
>;

/** Reporting has no key: nobody should do it by mistake. */
type ActionId = ShortcutAction | "report";

export interface MessageAction extends MenuAction {
  id: ActionId;
  icon: Component;
}

type Offered = [is: boolean, id: ActionId, label: string, icon: Component, act: () => unknown];

export function actionsFor(needs: Needs, about: About): MessageAction[] {
  const { message, may, inThread } = about;
  const isMine = message.author_id === needs.session.user?.id;
  const words = text.messages;
  const all: Offered[] = [
    [may.react, "react", words.react, FaceSlightlySmilingPlus, about.react],
    [may.send, "reply", words.reply, Reply, about.answer],
    [may.send && !inThread, "thread", words.openThread, MessagesSquare, () => needs.threads.open(message)],
    [
      may.pin,
      "pin",
      message.pinned ? words.unpin : words.pin,
      message.pinned ? PinOff : Pin,
      () => turnPin(needs, message),
    ],
    [true, "copy", words.copy, Copy, () => copyWords(needs.toasts, message.content)],
    [
      !inThread && !isMine,
      "unread",
      words.markUnread,
      MessageSquareDot,
      () => needs.unread.markUnread(message).catch(needs.toasts.report),
    ],
    [
      true,
      "link",
      words.copyLink,
      Link,
      () => copyWords(needs.toasts, linkTo(message, about.place.server_id)),
    ],
    [about.canEdit, "edit", words.edit, Pencil, about.edit],
    [!isMine, "report", words.report, Flag, () => report(needs, about)],
    [about.canDelete, "remove", words.delete, Trash2, about.remove],
  ];
  return all
    .filter(([is]) => is)
    .map(([, id, label, icon, act]) => {
      const isDangerous = id === "remove";
      const keys = id === "report" ? {} : { keys: keysFor("messages", id) };
      return { kind: "action", id, label, icon, ...keys, isDangerous, act };
    });
}

function report({ screen }: Needs, { message, place }: About): void {
  const about = { kind: "message", message: message.id, server: place.server_id } as const;
  screen.dialog = { kind: "report", about };
}

async function turnPin(needs: Needs, message: Message): Promise<void> {
  const { pinned } = message;
  try {
    await (pinned ? needs.api.unpin(message) : needs.api.pin(message));
    if (pinned) needs.toasts.notice(text.messages.unpinnedNow);
    else
      needs.toasts.offer(text.messages.pinnedNow, {
        label: text.messages.pins,
        act: () => (needs.screen.showsPins = true),
      });
  } catch (error) {
    needs.toasts.report(error);
  }
}
