import { text } from "../text/texts";
import type { Toasts } from "./toasts.svelte";

/** Copies words, and says whether it worked: browsers refuse it where the page is not served safely. */
export async function copyText(toasts: Toasts, words: string, done = text.messages.copied): Promise<void> {
  try {
    await navigator.clipboard.writeText(words);
    toasts.notice(done);
  } catch {
    toasts.error(text.messages.notCopied);
  }
}
