// Who can be chosen for a conversation: friends first, then other known people, matched by the beginning of their
// names.
import type { Conversation } from "../api/types";
import type { Person } from "../store/local/state";
import type { People } from "../people/people.svelte";
import type { Friends } from "../friends/friends.svelte";
import type { Session } from "../store/session.svelte";

export interface Needs {
  people: People;
  friends: Friends;
  session: Session;
}

export function candidatesFor(needs: Needs, query: string, conversation?: Conversation): Person[] {
  const wanted = query.trim().toLowerCase();
  const taken = new Set([...(conversation?.participants ?? []), needs.session.user?.id]);
  const isCandidate = ({ id, username, name }: Person) =>
    !taken.has(id) &&
    !needs.friends.isBlocked(id) &&
    [username, name].some((each) => each.toLowerCase().includes(wanted));
  const friends = needs.friends.all.flatMap((contact) => needs.people.of(contact.contact_user_id) ?? []);
  if (!wanted) return friends.filter(isCandidate);
  const known = new Set(friends.map(({ id }) => id));
  const others = needs.people.all().filter(({ id }) => !known.has(id));
  return [...byMatch(friends.filter(isCandidate), wanted), ...byMatch(others.filter(isCandidate), wanted)];
}

/** Names that begin with the search text come before names that only contain it. */
function byMatch(people: Person[], wanted: string): Person[] {
  const begins = ({ username }: Person) => Number(!username.toLowerCase().startsWith(wanted));
  return people.sort((a, b) => begins(a) - begins(b) || a.username.localeCompare(b.username));
}
