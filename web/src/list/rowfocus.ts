// Keyboard navigation in the messages: one Tab stop, with arrow keys between the rows and within one.
//
// What rows contain stays focusable for pointers and screen readers. Two guards at the ends of the list take its place
// in the Tab order: from outside they pass the focus to the row, and the Tab key passes them on its way out.

import { direction } from "../text/direction";
import { shortcutOf } from "../ui/shortcuts";

const FOCUSABLE = "a[href], button:not(:disabled), input, textarea, audio, video, [tabindex]";

/** The key of the row that contains the target. */
export function rowOf(target: EventTarget | null): string | null {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
  return row?.dataset.row ?? null;
}

/** Handles a key; returns whether it did. */
export function moveFocus(event: KeyboardEvent, list: HTMLElement): boolean {
  const target = event.target as HTMLElement;
  const row = target.closest<HTMLElement>("[data-row]");
  if (!row) return false;
  if (event.key === "Tab") return tab(event, row, list);
  const next = target === row ? fromRow(event, row, list) : within(event, row);
  if (!next) return false;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function fromRow(event: KeyboardEvent, row: HTMLElement, list: HTMLElement): HTMLElement | undefined {
  const pressed = shortcutOf("messages", event);
  if (pressed === "enter" || isArrow(event, 1)) return contentOf(row)[0];
  const rows = [...list.querySelectorAll<HTMLElement>("[data-row]")];
  const index = rows.indexOf(row);
  const steps: Partial<Record<string, number>> = {
    up: index - 1,
    down: index + 1,
    first: 0,
    last: rows.length - 1,
  };
  return rows[steps[pressed ?? ""] ?? -1];
}

function within(event: KeyboardEvent, row: HTMLElement): HTMLElement | undefined {
  if (event.key === "Escape") return row;
  const step = isArrow(event, 1) ? 1 : isArrow(event, -1) ? -1 : 0;
  // Sliders and fields have their own use for arrows.
  if (!step || (event.target as Element).matches("input, [role=slider]")) return undefined;
  const all = contentOf(row);
  const at = all.indexOf(event.target as HTMLElement) + step;
  return at < 0 ? row : all[at];
}

/** From a row, Tab leaves the list. Within a row it goes through its content, without the toolbar. */
function tab(event: KeyboardEvent, row: HTMLElement, list: HTMLElement): boolean {
  const inOrder =
    event.target === row ? [] : contentOf(row).filter((each) => !each.closest("[role=toolbar]"));
  const at = inOrder.indexOf(event.target as HTMLElement);
  const next = at === -1 ? undefined : inOrder[at + (event.shiftKey ? -1 : 1)];
  if (next) {
    event.preventDefault();
    next.focus();
  } else {
    // The browser goes on from there.
    const guards = list.querySelectorAll<HTMLElement>(":scope > [data-guard]");
    guards[event.shiftKey ? 0 : guards.length - 1]?.focus({ preventScroll: true });
  }
  return true;
}

function contentOf(row: HTMLElement): HTMLElement[] {
  return [...row.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((each) => each.checkVisibility());
}

function isArrow({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, step: 1 | -1): boolean {
  const isOnward = (step === 1) === (direction() !== "rtl");
  return key === (isOnward ? "ArrowRight" : "ArrowLeft") && !ctrlKey && !metaKey && !altKey;
}
