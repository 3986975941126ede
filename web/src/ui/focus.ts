// Where the focus goes when the focused element was removed: back to the previous element, or else to the composer or
// the messages.

const REFUGES = ["#composer", "[data-row][tabindex='0']", "main :is(a, button):not(.skip)"];

/** Call this with the element that had the focus before. If anything else has the focus now, it keeps it. */
export function giveBack(before: Element | null): void {
  const isElsewhere = document.activeElement !== document.body && document.activeElement !== null;
  if (before instanceof HTMLElement && before.isConnected && before !== document.body) before.focus();
  else if (!isElsewhere) refuge()?.focus();
}

function refuge(): HTMLElement | undefined {
  const found = REFUGES.map((selector) => document.querySelector<HTMLElement>(selector));
  return found.find((each) => each?.checkVisibility()) ?? undefined;
}
