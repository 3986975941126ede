import { text } from "../text/texts";
import type { Toasts } from "./toasts.svelte";

/** Copies words; answers whether it worked. Browsers refuse it where the page is not served safely. */
export async function copyText(toasts: Toasts, words: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    toasts.error(text.messages.notCopied);
    return false;
  }
}

/** Copies words from a menu, which is gone by then, so a toast answers. */
export async function copyWords(toasts: Toasts, words: string): Promise<void> {
  if (await copyText(toasts, words)) toasts.notice(text.messages.copied);
}
