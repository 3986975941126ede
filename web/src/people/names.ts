// A person's name in a server: their nickname there, or the name of their account; and the people with a name.
import type { Id, Member, Message, Reactor } from "../api/types";
import type { Community } from "../community/community.svelte";
import { text } from "../text/texts";
import type { People } from "./people.svelte";

export class Names {
  constructor(
    private readonly people: People,
    private readonly community: Community,
  ) {}

  /** Outside of servers: by the name of their account. */
  ofPerson(id: Id): string {
    return this.people.of(id)?.name ?? text.members.unknown;
  }

  of(member: Member): string {
    return member.nickname ?? this.people.of(member.user_id)?.name ?? member.display_name ?? member.username;
  }

  /** A person who may have left, or is unknown (undefined). */
  in(server: Id | null, user: Id | null): string | undefined {
    if (!user) return undefined;
    const nickname = server && this.community.member(server, user)?.nickname;
    return nickname || this.people.of(user)?.name;
  }

  /** Like `in`, for a channel or a conversation. */
  at(place: Id, user: Id | null): string | undefined {
    return this.in(this.community.channel(place)?.server_id ?? null, user);
  }

  ofReactor({ channel_id }: Message, person: Reactor): string {
    return this.at(channel_id, person.user_id) ?? person.display_name ?? person.username;
  }

  /** The members with these letters in one of their names, ordered by name. */
  matching(server: Id, letters: string): Member[] {
    const part = letters.trim().toLowerCase();
    const isMeant = (member: Member) =>
      [this.of(member), member.display_name ?? "", member.username].some((name) =>
        name.toLowerCase().includes(part),
      );
    const members = this.community.membersOf(server);
    return this.sorted(part ? members.filter(isMeant) : members);
  }

  private sorted(members: Member[]): Member[] {
    const { compare } = new Intl.Collator();
    const named = members.map((member) => ({ member, name: this.of(member) }));
    return named.sort((a, b) => compare(a.name, b.name)).map(({ member }) => member);
  }
}
