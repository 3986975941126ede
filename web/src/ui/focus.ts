// Where the focus goes when the focused element was removed: back to the previous element, or else to the composer or
// the messages, or to the place in the navigation while a page is still loading.

const REFUGES = [
  "#composer",
  "[data-row][tabindex='0']",
  "main :is(a, button):not(.skip)",
  "[data-region] [aria-current]",
];

/** Remembers what has the focus; the returned function returns it there. If anything else has it by then, it keeps it. */
export function rememberFocus(): () => void {
  const before = document.activeElement;
  const row = before?.closest<HTMLElement>("[data-row]") ?? null;
  return () => giveBack(before, row);
}

/** Call this with the element that had the focus before, and the row that it was in. */
export function giveBack(before: Element | null, row: HTMLElement | null = null): void {
  const isElsewhere = document.activeElement !== document.body && document.activeElement !== null;
  if (before instanceof HTMLElement && before.isConnected && before !== document.body) before.focus();
  else if (row?.isConnected) row.focus({ preventScroll: true });
  else if (!isElsewhere) refuge()?.focus();
}

function refuge(): HTMLElement | undefined {
  const found = REFUGES.flatMap((selector) => [...document.querySelectorAll<HTMLElement>(selector)]);
  return found.find((each) => each.checkVisibility());
}
