// What is typed after a key that opens a field, until the field is there: its code may have to come first, and what is
// typed meanwhile is neither a message nor a shortcut. Enter and Escape count as they will in the field.

import { giveBack } from "../ui/focus";

const LONGEST_WAIT_MS = 3_000;

interface Awaited {
  words: string;
  isEntered: boolean;
  /** What had the focus. */
  before: Element | null;
  giveUp: () => void;
}

export class TypedAhead {
  private awaited: Awaited | null = null;
  private release: ReturnType<typeof setTimeout> | undefined;

  /** Begin to keep what is typed; `giveUp` is done by Escape. */
  begin(giveUp: () => void): void {
    const before = document.activeElement;
    this.awaited = { words: "", isEntered: false, before, giveUp };
    clearTimeout(this.release);
    this.release = setTimeout(() => (this.awaited = null), LONGEST_WAIT_MS);
    if (before instanceof HTMLElement) before.blur();
  }

  /** Whether a key was meant for the field that is awaited. */
  takes({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
    const { awaited } = this;
    if (!awaited || ctrlKey || metaKey || altKey) return false;
    if (key === "Escape") this.giveUp(awaited);
    else if (key === "Enter") awaited.isEntered = true;
    else if (key === "Backspace") awaited.words = [...awaited.words].slice(0, -1).join("");
    else if (key.length !== 1) return false;
    else if (!awaited.isEntered) awaited.words += key;
    return true;
  }

  /** Give it to the field, which has the focus now. */
  handOver(field: HTMLInputElement): void {
    const { awaited } = this;
    this.awaited = null;
    if (awaited?.words) document.execCommand("insertText", false, awaited.words);
    if (!awaited?.isEntered) return;
    const enter = { key: "Enter", bubbles: true, cancelable: true };
    setTimeout(() => field.dispatchEvent(new KeyboardEvent("keydown", enter))); // whoever opened it is not ready
  }

  private giveUp({ before, giveUp }: Awaited): void {
    this.awaited = null;
    giveUp();
    giveBack(before);
  }
}
