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

interface Seen {
  username: string;
  avatar_url: string | null;
  status?: Status;
  custom_status?: string | null;
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

  /** Asks again, for how somebody appears now. */
  refresh(id: Id): void {
    this.api.profile(id).then(
      (profile) => this.fromProfile(profile),
      () => undefined,
    );
  }

  fromProfile(profile: Profile | User): void {
    this.put(profile.id, profile);
  }

  fromMember(member: Member): void {
    this.put(member.user_id, member);
  }

  applyPresence(presence: Presence): void {
    const person = this.known.get(presence.user_id);
    if (!person) return;
    const { status, custom_status: customStatus } = presence;
    this.known.set(person.id, { ...person, status, customStatus });
  }

  /** What the log keeps of somebody holds no presence; that stays as it was. */
  private put(id: Id, record: Seen): void {
    const known = this.known.get(id);
    this.known.set(id, {
      id,
      username: record.username,
      avatarUrl: record.avatar_url,
      status: record.status ?? known?.status ?? "offline",
      customStatus: record.custom_status === undefined ? (known?.customStatus ?? null) : record.custom_status,
    });
  }

  clear(): void {
    this.known.clear();
    this.asked.clear();
  }
}
