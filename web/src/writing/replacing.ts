// Changes a field's text as if it had been typed, so that the browser's own undo reverts it.
import type { Edit } from "./formatting";

export function apply(field: HTMLTextAreaElement, { from, to, insert, selection }: Edit): void {
  field.focus();
  field.setSelectionRange(from, to);
  // The only way that keeps the field's undo history; if the browser refuses, the value is set.
  const isDone = insert
    ? document.execCommand("insertText", false, insert)
    : from === to || document.execCommand("delete");
  if (!isDone) {
    field.setRangeText(insert, from, to, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  field.setSelectionRange(...selection);
}
