// Asks the server for those whose name begins as somebody writes, where not all are at hand. What it finds joins them, so
// whoever shows members needs to look only at those.
import type { Id } from "../api/types";
import type { Application } from "../store/application.svelte";

const PAUSE_MS = 200;

/** For the start of a component: `words` is read again whenever it changes. */
export function seeking(app: Application, server: () => Id | null, words: () => string): void {
  $effect(() => {
    const place = server();
    const wanted = words().trim();
    if (!place || !wanted) return;
    const timer = setTimeout(() => {
      app.community.findMembers(place, wanted).catch(() => undefined); // who is at hand is shown all the same
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  });
}
