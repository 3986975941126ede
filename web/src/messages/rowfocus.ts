// Keyboard navigation in the messages: one tab stop, arrow keys inside.

import { shortcutOf } from "../ui/shortcuts";

/** The key of the row that contains the target. */
export function rowOf(target: EventTarget | null): string | null {
  const row = target instanceof Element ? target.closest<HTMLElement>("[data-row]") : null;
  return row?.dataset.row ?? null;
}

export function moveFocus(event: KeyboardEvent, list: HTMLElement): void {
  const current = (event.target as HTMLElement).closest("[data-row]");
  if (!current || event.target !== current) return;
  const rows = [...list.querySelectorAll<HTMLElement>("[data-row]")];
  const index = rows.indexOf(current as HTMLElement);
  const steps: Partial<Record<string, number>> = {
    up: index - 1,
    down: index + 1,
    first: 0,
    last: rows.length - 1,
  };
  const row = rows[steps[shortcutOf("messages", event) ?? ""] ?? -1];
  if (!row) return;
  event.preventDefault();
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}
