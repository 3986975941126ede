// A person's presence in one line: their status line, that they are online, or when they were last seen.
import type { Id } from "../api/types";
import type { Needs } from "./context";
import { text } from "../text/texts";
import { briefly } from "../text/time";

export function presenceLine(app: Pick<Needs, "people" | "friends">, user: Id): string {
  const person = app.people.of(user);
  const status = person?.status ?? "offline";
  if (status === "offline") return lastSeen(app.friends.contact(user)?.last_seen);
  return person?.customStatus || text.status[status];
}

function lastSeen(moment: string | null | undefined): string {
  if (!moment) return text.status.offline;
  return text.friends.lastSeen({ when: briefly(new Date(moment)) });
}
