// The menu of what is pressed: by a right click, the Menu key or Shift+F10, or a resting finger. The browser's own menu
// stays on links, selected text and fields, and with Shift and a right click.
import type { Snippet } from "svelte";
import type { Attachment } from "svelte/attachments";
import type { MenuEntry } from "./menu";
import { longPress } from "./touch";

/** Closes the menu, and then acts. */
export type Act = (action: () => unknown) => Promise<void>;

/** The menu of something on the screen. */
export interface OfferedMenu {
  /** What it is about. */
  label: string;
  entries: MenuEntry[];
  /** Shown above the entries of a sheet. */
  head?: Snippet<[Act]>;
}

export interface OpenMenu extends OfferedMenu {
  /** Where it opens, in the window; null for a sheet at the lower edge. */
  at: DOMRect | null;
}

type Making = OfferedMenu | null | Promise<OfferedMenu | null>;

/** Finds what can make the menu of an element, or null if there is none. */
export type FindMenu = (target: Element) => (() => Making) | null;

const NATIVE = "a[href], input, textarea, select, audio, video, [contenteditable], dialog, [popover]";

export class Menus {
  open = $state.raw<OpenMenu | null>(null);

  constructor(private readonly report: (error: unknown) => void) {}

  /** For an element whose parts have menus. */
  offering(find: FindMenu): Attachment<HTMLElement> {
    return (element) => {
      const onmenu = (event: Event) => this.asked(event as PointerEvent, find);
      const endPresses = longPress((target) => this.pressed(target, find))(element);
      element.addEventListener("contextmenu", onmenu);
      return () => {
        endPresses?.();
        element.removeEventListener("contextmenu", onmenu);
      };
    };
  }

  private asked(event: PointerEvent, find: FindMenu): void {
    const { target, clientX, clientY, defaultPrevented, shiftKey } = event;
    const isByKey = event.button !== 2 && !event.ctrlKey;
    if (defaultPrevented || !(target instanceof Element) || (shiftKey && !isByKey)) return;
    if (target.closest(NATIVE) || (!isByKey && isSelected(target))) return;
    const make = find(target);
    if (!make) return;
    event.preventDefault();
    const at = isByKey ? target.getBoundingClientRect() : new DOMRect(clientX, clientY, 0, 0);
    void this.show(make, at);
  }

  private pressed(target: Element, find: FindMenu): boolean {
    const make = find(target);
    if (make) void this.show(make, null);
    return make !== null;
  }

  private async show(make: () => Making, at: DOMRect | null): Promise<void> {
    try {
      const menu = await make();
      if (menu?.entries.length) this.open = { ...menu, at };
    } catch (error) {
      this.report(error);
    }
  }
}

function isSelected(target: Element): boolean {
  const selection = getSelection();
  return Boolean(selection && !selection.isCollapsed && selection.containsNode(target, true));
}
