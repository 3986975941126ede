// A person's presence in one line: their status line, that they are online, or when they were last seen.
import type { Id } from "../api/types";
import { text } from "../text/texts";
import { briefly } from "../text/time";
import type { People } from "../people/people.svelte";
import type { Friends } from "./friends.svelte";

export interface Needs {
  people: People;
  friends: Friends;
}

export function presenceLine(needs: Needs, user: Id): string {
  const person = needs.people.of(user);
  const status = person?.status ?? "offline";
  if (status === "offline") return lastSeen(needs.friends.contact(user)?.last_seen);
  return person?.customStatus || text.status[status];
}

function lastSeen(moment: string | null | undefined): string {
  if (!moment) return text.status.offline;
  return text.friends.lastSeen({ when: briefly(new Date(moment)) });
}
