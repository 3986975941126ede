// Names, pictures and presence of everybody met so far, whatever server they were met on.
import { SvelteMap } from "svelte/reactivity";
import type { Api } from "../api/api";
import type { Id, Member, Profile, Status, User } from "../api/types";
import type { Presence } from "../sync/frames";

export interface Person {
  id: Id;
  username: string;
  avatarUrl: string | null;
  status: Status;
  customStatus: string | null;
}

export class People {
  private readonly known = new SvelteMap<Id, Person>();
  private readonly asked = new Set<Id>();

  constructor(private readonly api: Api) {}

  of(id: Id): Person | undefined {
    return this.known.get(id);
  }

  /** Asks once for somebody who is not a member of anything that was loaded. */
  meet(id: Id): void {
    if (this.known.has(id) || this.asked.has(id)) return;
    this.asked.add(id);
    this.api.profile(id).then(
      (profile) => this.fromProfile(profile),
      () => this.asked.delete(id),
    );
  }

  fromProfile(profile: Profile | User): void {
    this.known.set(profile.id, {
      id: profile.id,
      username: profile.username,
      avatarUrl: profile.avatar_url,
      status: profile.status,
      customStatus: profile.custom_status,
    });
  }

  fromMember(member: Member): void {
    this.known.set(member.user_id, {
      id: member.user_id,
      username: member.username,
      avatarUrl: member.avatar_url,
      status: member.status,
      customStatus: member.custom_status,
    });
  }

  applyPresence(presence: Presence): void {
    const person = this.known.get(presence.user_id);
    if (!person) return;
    const { status, custom_status: customStatus } = presence;
    this.known.set(person.id, { ...person, status, customStatus });
  }

  clear(): void {
    this.known.clear();
    this.asked.clear();
  }
}
