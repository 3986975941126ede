// Who can be chosen for a conversation: friends first, then other known people, matched by the beginning of their
// names.
import type { Conversation } from "../api/types";
import type { Needs } from "./context";
import type { Person } from "../store/local/state";

export function candidatesFor(app: Needs, query: string, conversation?: Conversation): Person[] {
  const wanted = query.trim().toLowerCase();
  const taken = new Set([...(conversation?.participants ?? []), app.session.user?.id]);
  const isCandidate = ({ id, username, name }: Person) =>
    !taken.has(id) &&
    !app.friends.isBlocked(id) &&
    [username, name].some((each) => each.toLowerCase().includes(wanted));
  const friends = app.friends.all.flatMap((contact) => app.people.of(contact.contact_user_id) ?? []);
  if (!wanted) return friends.filter(isCandidate);
  const known = new Set(friends.map(({ id }) => id));
  const others = app.people.all().filter(({ id }) => !known.has(id));
  return [...byMatch(friends.filter(isCandidate), wanted), ...byMatch(others.filter(isCandidate), wanted)];
}

/** Names that begin with the search text come before names that only contain it. */
function byMatch(people: Person[], wanted: string): Person[] {
  const begins = ({ username }: Person) => Number(!username.toLowerCase().startsWith(wanted));
  return people.sort((a, b) => begins(a) - begins(b) || a.username.localeCompare(b.username));
}
