// A person's name in a server: their nickname there, or the name of their account; and the people with a name.
import type { Id, Member, Message, Reactor } from "../api/types";
import type { Community } from "../community/community.svelte";
import { text } from "../text/texts";
import type { People } from "./people.svelte";

interface Needs {
  community: Community;
  people: People;
}

/** Outside of servers: by the name of their account. */
export function nameOfPerson({ people }: Pick<Needs, "people">, id: Id): string {
  return people.of(id)?.name ?? text.members.unknown;
}

export function nameOf(app: Needs, member: Member): string {
  return member.nickname ?? app.people.of(member.user_id)?.name ?? member.display_name ?? member.username;
}

/** A person who may have left, or is unknown (undefined). */
export function nameIn(app: Needs, server: Id | null, user: Id | null): string | undefined {
  if (!user) return undefined;
  const nickname = server && app.community.member(server, user)?.nickname;
  return nickname || app.people.of(user)?.name;
}

/** Like `nameIn`, for a channel or a conversation. */
export function nameAt(app: Needs, place: Id, user: Id | null): string | undefined {
  return nameIn(app, app.community.channel(place)?.server_id ?? null, user);
}

export function nameOfReactor(app: Needs, { channel_id }: Message, person: Reactor): string {
  return nameAt(app, channel_id, person.user_id) ?? person.display_name ?? person.username;
}

/** The members ordered by name. */
export function byName(app: Needs, members: Member[]): Member[] {
  const { compare } = new Intl.Collator();
  const named = members.map((member) => ({ member, name: nameOf(app, member) }));
  return named.sort((a, b) => compare(a.name, b.name)).map(({ member }) => member);
}

/** The members with these letters in one of their names, ordered by name. */
export function membersNamed(app: Needs, server: Id, letters: string): Member[] {
  const part = letters.trim().toLowerCase();
  const isMeant = (member: Member) =>
    [nameOf(app, member), member.display_name ?? "", member.username].some((name) =>
      name.toLowerCase().includes(part),
    );
  const members = app.community.membersOf(server);
  return byName(app, part ? members.filter(isMeant) : members);
}
