// What is typed between the shortcut that opens a field and the appearance of the field: its code may have to load
// first, and keys typed meanwhile are neither a message nor a shortcut. Enter and Escape work as they will in the
// field.

import { giveBack } from "../ui/focus";

const LONGEST_WAIT_MS = 3_000;

interface Awaited {
  words: string;
  isEntered: boolean;
  /** The element that had the focus. */
  before: Element | null;
  giveUp: () => void;
}

export class TypeAhead {
  private awaited: Awaited | null = null;
  private release: ReturnType<typeof setTimeout> | undefined;

  /** Starts to collect what is typed; Escape calls `giveUp`. */
  begin(giveUp: () => void): void {
    const before = document.activeElement;
    this.awaited = { words: "", isEntered: false, before, giveUp };
    clearTimeout(this.release);
    this.release = setTimeout(() => (this.awaited = null), LONGEST_WAIT_MS);
    if (before instanceof HTMLElement) before.blur();
  }

  /** Whether a key was meant for the awaited field. */
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

  /** Passes it to the field, which has the focus now. */
  handOver(field: HTMLInputElement): void {
    const { awaited } = this;
    this.awaited = null;
    if (awaited?.words) document.execCommand("insertText", false, awaited.words);
    if (!awaited?.isEntered) return;
    const enter = { key: "Enter", bubbles: true, cancelable: true };
    setTimeout(() => field.dispatchEvent(new KeyboardEvent("keydown", enter))); // the field's owner is not ready yet
  }

  private giveUp({ before, giveUp }: Awaited): void {
    this.awaited = null;
    giveUp();
    giveBack(before);
  }
}
