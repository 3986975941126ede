// Where the Enter key makes a line instead of sending: on touch screens, whose keyboards have no Shift and Enter, and
// inside a block of code that is still open.
import { fenceOf, isClosing, type Fence } from "../text/code";

/** Whether the caret is in a block of code that has no end before it. */
export function isInFence(text: string, caret: number): boolean {
  let open: Fence | null = null;
  for (const line of text.slice(0, caret).split("\n")) {
    if (!open) open = fenceOf(line) ?? null;
    else if (isClosing(open, line)) open = null;
  }
  return open !== null;
}

export const isTouch = (): boolean => matchMedia("(pointer: coarse)").matches;

export function breaksLine({ key, ctrlKey, metaKey }: KeyboardEvent, field: HTMLTextAreaElement): boolean {
  if (key !== "Enter" || ctrlKey || metaKey) return false;
  return isTouch() || isInFence(field.value, field.selectionStart);
}
