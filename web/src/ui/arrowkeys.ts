// Arrow-key navigation in a list of focusable elements.

/** Moves the focus to the next or previous element that matches the selector; from elsewhere to the first. */
export function stepThrough(event: KeyboardEvent, list: HTMLElement, selector: string): boolean {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return false;
  const rows = [...list.querySelectorAll<HTMLElement>(selector)];
  const index = rows.indexOf(document.activeElement as HTMLElement);
  event.preventDefault();
  rows[index < 0 ? 0 : index + step]?.focus();
  return true;
}
