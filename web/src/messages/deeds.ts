// What can be done with a message, for its buttons and for what a long press opens: what one may not is not there.
import { Copy, Link, MessagesSquare, Pencil, Pin, PinOff, Reply, Trash2 } from "@lucide/svelte";
import type { Component } from "svelte";
import type { Message, Place } from "../api/types";
import type { Application } from "../store/application.svelte";
import { linkTo } from "../store/route.svelte";
import { text } from "../text/texts";
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

export interface Deed {
  label: string;
  icon: Component;
  act: () => unknown;
  isDangerous?: boolean;
}

export function deedsFor(app: Application, about: About): Deed[] {
  const { message, may, inThread } = about;
  const all: (Deed & { isThere?: boolean })[] = [
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
    { label: text.messages.copy, icon: Copy, act: () => copyText(app, message) },
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

export const turnPin = (app: Application, message: Message): Promise<unknown> =>
  (message.pinned ? app.api.unpin(message) : app.api.pin(message)).catch(app.report);

export const copyText = (app: Application, { content }: Message): Promise<void> => take(app, content);

export const copyLink = (
  app: Application,
  { message, place }: Pick<About, "message" | "place">,
): Promise<void> => take(app, linkTo(message, place.server_id));

async function take(app: Application, words: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(words);
    app.toasts.notice(text.messages.copied);
  } catch {
    app.toasts.error(text.messages.notCopied);
  }
}
