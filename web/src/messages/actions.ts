// The actions for a message, for its buttons and its long press; actions that the user is not allowed are left out.
import { Copy, Link, MessagesSquare, Pencil, Pin, PinOff, Reply, Trash2 } from "@lucide/svelte";
import type { Component } from "svelte";
import type { Message, Place } from "../api/types";
import type { Needs } from "./context";
import { linkTo } from "../store/route.svelte";
import { text } from "../text/texts";
import { copyText } from "../ui/clipboard";
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
}

export interface Action {
  label: string;
  icon: Component;
  act: () => unknown;
  isDangerous?: boolean;
}

export function actionsFor(app: Needs, about: About): Action[] {
  const { message, may, inThread } = about;
  const all: (Action & { isThere?: boolean })[] = [
    { label: text.messages.reply, icon: Reply, act: about.answer, isThere: may.send },
    {
      label: text.messages.openThread,
      icon: MessagesSquare,
      act: () => app.threads.open(message),
      isThere: may.send && !inThread,
    },
    {
      label: message.pinned ? text.messages.unpin : text.messages.pin,
      icon: message.pinned ? PinOff : Pin,
      act: () => turnPin(app, message),
      isThere: may.pin,
    },
    { label: text.messages.copy, icon: Copy, act: () => copyContent(app, message) },
    { label: text.messages.copyLink, icon: Link, act: () => copyLink(app, about) },
    { label: text.messages.edit, icon: Pencil, act: about.edit, isThere: about.canEdit },
    {
      label: text.messages.delete,
      icon: Trash2,
      act: about.remove,
      isThere: about.canDelete,
      isDangerous: true,
    },
  ];
  return all.filter(({ isThere }) => isThere !== false);
}

export const turnPin = (app: Needs, message: Message): Promise<unknown> =>
  (message.pinned ? app.api.unpin(message) : app.api.pin(message)).catch(app.report);

export const copyContent = (app: Needs, { content }: Message): Promise<void> => copyText(app.toasts, content);

export const copyLink = (app: Needs, { message, place }: Pick<About, "message" | "place">): Promise<void> =>
  copyText(app.toasts, linkTo(message, place.server_id));
