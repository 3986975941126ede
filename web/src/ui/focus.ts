// Where the focus goes when what held it has gone: back to where it was, or else to where one writes or reads.

const REFUGES = ["#composer", "[data-row][tabindex='0']", "main :is(a, button):not(.skip)"];

/** To be called with what had the focus before. Nothing is taken from whoever else has it now. */
export function giveBack(before: Element | null): void {
  const isElsewhere = document.activeElement !== document.body && document.activeElement !== null;
  if (before instanceof HTMLElement && before.isConnected && before !== document.body) before.focus();
  else if (!isElsewhere) refuge()?.focus();
}

function refuge(): HTMLElement | undefined {
  const found = REFUGES.map((selector) => document.querySelector<HTMLElement>(selector));
  return found.find((each) => each?.checkVisibility()) ?? undefined;
}
