// What somebody is called in a server: their nickname there, or the name of their account; and who is called so.
import type { Id, Member, Message, Reactor } from "../api/types";
import type { Application } from "../store/application.svelte";

export function nameOf(app: Application, member: Member): string {
  return member.nickname ?? app.people.of(member.user_id)?.name ?? member.display_name ?? member.username;
}

/** Somebody who may have left, or of whom nothing is known (undefined). */
export function nameIn(app: Application, server: Id | null, user: Id | null): string | undefined {
  if (!user) return undefined;
  const nickname = server && app.community.member(server, user)?.nickname;
  return nickname || app.people.of(user)?.name;
}

/** As `nameIn`, for who stands in a channel or a conversation. */
export function nameAt(app: Application, place: Id, user: Id | null): string | undefined {
  return nameIn(app, app.community.channel(place)?.server_id ?? null, user);
}

export function nameOfReactor(app: Application, { channel_id }: Message, person: Reactor): string {
  return nameAt(app, channel_id, person.user_id) ?? person.display_name ?? person.username;
}

/** The members in the order of their names. */
export function byName(app: Application, members: Member[]): Member[] {
  const { compare } = new Intl.Collator();
  const named = members.map((member) => ({ member, name: nameOf(app, member) }));
  return named.sort((a, b) => compare(a.name, b.name)).map(({ member }) => member);
}

/** The members that have these letters in one of their names, in the order of the names. */
export function membersNamed(app: Application, server: Id, letters: string): Member[] {
  const part = letters.trim().toLowerCase();
  const isMeant = (member: Member) =>
    [nameOf(app, member), member.display_name ?? "", member.username].some((name) =>
      name.toLowerCase().includes(part),
    );
  const members = app.community.membersOf(server);
  return byName(app, part ? members.filter(isMeant) : members);
}
