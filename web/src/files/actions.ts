// The actions for a picture: for its menu in a message, and for the buttons and keys of the viewer.
import { Copy, Download, ExternalLink, Link, Minus, Plus } from "@lucide/svelte";
import type { Component } from "svelte";
import { later, text } from "../text/texts";
import { copyWords } from "../ui/clipboard";
import type { MenuAction } from "../ui/menu";
import type { Toasts } from "../ui/toasts.svelte";
import { asPng, mayCopy } from "./copying";
import type { Zoom } from "./zoom.svelte";

const STEP = 1.4;

export interface PictureAction extends MenuAction {
  id: "copy" | "download" | "original" | "link";
  icon: Component;
  /** For what a link does too, which can be opened in another tab or saved under another name. */
  link?: { href: string; download?: string; target?: string; rel?: string };
}

export function pictureActions(
  { toasts }: { toasts: Toasts },
  { address, name }: { address: string; name: string },
): PictureAction[] {
  const words = later.pictures;
  const followed = (link: NonNullable<PictureAction["link"]>) => ({
    link,
    act: () => Object.assign(document.createElement("a"), link).click(),
  });

  async function copy() {
    try {
      await navigator.clipboard.write([new ClipboardItem({ "image/png": asPng(address) })]);
      toasts.notice(text.messages.copied);
    } catch {
      toasts.error(words.notCopied);
    }
  }

  const all: Omit<PictureAction, "kind">[] = [
    ...(mayCopy ? [{ id: "copy" as const, label: words.copy, icon: Copy, act: copy }] : []),
    {
      id: "download",
      label: words.download,
      icon: Download,
      ...followed({ href: address, download: name }),
    },
    {
      id: "original",
      label: words.original,
      icon: ExternalLink,
      ...followed({ href: address, target: "_blank", rel: "noreferrer" }),
    },
    {
      id: "link",
      label: text.messages.copyLink,
      icon: Link,
      act: () => copyWords(toasts, new URL(address, location.href).href),
    },
  ];
  return all.map((action) => ({ kind: "action", ...action }));
}

export interface ZoomControl {
  id: "out" | "reset" | "in";
  label: string;
  /** None for a button with a word. */
  icon?: Component;
  keys: readonly string[];
  isDisabled: boolean;
  act: () => void;
}

/** `percent` says how large the picture is now. */
export function zoomControls(zoom: Zoom, percent: string): ZoomControl[] {
  const words = later.pictures;
  const by = (factor: number) => () => zoom.by(factor);
  return [
    {
      id: "out",
      label: words.zoomOut,
      icon: Minus,
      keys: ["-"],
      isDisabled: !zoom.isIn,
      act: by(1 / STEP),
    },
    {
      id: "reset",
      label: words.zoomReset({ percent }),
      keys: ["0"],
      isDisabled: false,
      act: () => zoom.reset(),
    },
    { id: "in", label: words.zoomIn, icon: Plus, keys: ["+", "="], isDisabled: false, act: by(STEP) },
  ];
}
