// How somebody appears, in one line: what they say of themselves, that they are here, or since when they are not.
import type { Id } from "../api/types";
import type { Application } from "../store/application.svelte";
import { text } from "../text/texts";
import { briefly } from "../text/time";

export function presenceLine(app: Application, user: Id): string {
  const person = app.people.of(user);
  const status = person?.status ?? "offline";
  if (status === "offline") return lastSeen(app.friends.contact(user)?.last_seen);
  return person?.customStatus || text.status[status];
}

function lastSeen(moment: string | null | undefined): string {
  if (!moment) return text.status.offline;
  return text.friends.lastSeen({ when: briefly(new Date(moment)) });
}
