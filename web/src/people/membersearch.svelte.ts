// Searches the server for members whose name begins with what the user types, if not all members are loaded. Those
// found are added to the loaded ones, so components that show members need to look only there.
import type { Id } from "../api/types";
import type { Community } from "../community/community.svelte";

export interface Needs {
  community: Community;
}

const PAUSE_MS = 200;

/** Call this when a component is created: `words` is read again whenever it changes. */
export function searchMembers(needs: Needs, server: () => Id | null, words: () => string): void {
  $effect(() => {
    const place = server();
    const wanted = words().trim();
    if (!place || !wanted) return;
    const timer = setTimeout(() => {
      needs.community.findMembers(place, wanted).catch(() => undefined); // loaded members are shown anyway
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  });
}
