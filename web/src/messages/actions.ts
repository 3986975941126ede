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
import type { Needs } from "./context";
import { linkTo } from "../store/route.svelte";
import { text } from "../text/texts";
import { copyWords } from "../ui/clipboard";
import type { MenuAction } from "../ui/menu";
import { keysFor, type ShortcutId } from "../ui/shortcuts";
import type { May } from "./may";

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

export function actionsFor(app: Needs, about: About): MessageAction[] {
  const { message, may, inThread } = about;
  const isMine = message.author_id === app.session.user?.id;
  const words = text.messages;
  const all: Offered[] = [
    [may.react, "react", words.react, FaceSlightlySmilingPlus, about.react],
    [may.send, "reply", words.reply, Reply, about.answer],
    [may.send && !inThread, "thread", words.openThread, MessagesSquare, () => app.threads.open(message)],
    [
      may.pin,
      "pin",
      message.pinned ? words.unpin : words.pin,
      message.pinned ? PinOff : Pin,
      () => turnPin(app, message),
    ],
    [true, "copy", words.copy, Copy, () => copyWords(app.toasts, message.content)],
    [
      !inThread && !isMine,
      "unread",
      words.markUnread,
      MessageSquareDot,
      () => app.unread.markUnread(message).catch(app.report),
    ],
    [true, "link", words.copyLink, Link, () => copyWords(app.toasts, linkTo(message, about.place.server_id))],
    [about.canEdit, "edit", words.edit, Pencil, about.edit],
    [!isMine, "report", words.report, Flag, () => report(app, about)],
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

async function turnPin(app: Needs, message: Message): Promise<void> {
  const { pinned } = message;
  try {
    await (pinned ? app.api.unpin(message) : app.api.pin(message));
    if (pinned) app.toasts.notice(text.messages.unpinnedNow);
    else
      app.toasts.offer(text.messages.pinnedNow, {
        label: text.messages.pins,
        act: () => (app.screen.showsPins = true),
      });
  } catch (error) {
    app.report(error);
  }
}
