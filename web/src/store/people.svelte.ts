// Names, pictures and presence of everybody met so far, whatever server they were met on.
import { SvelteMap } from "svelte/reactivity";
import type { Api } from "../api/api";
import type { Contact, Id, Member, NamedUser, Participant, Profile, Status, User } from "../api/types";
import type { Presence } from "../sync/frames";

export interface Person {
  id: Id;
  username: string;
  /** As they want to be called: the display name, or else the user name. */
  name: string;
  avatarUrl: string | null;
  status: Status;
  customStatus: string | null;
  activity: string | null;
}

interface Seen {
  username: string;
  display_name?: string | null;
  avatar_url: string | null;
  status?: Status;
  custom_status?: string | null;
  activity?: string | null;
}

export class People {
  private readonly known = new SvelteMap<Id, Person>();
  private readonly asked = new Set<Id>();

  /** Of whom it was told how they appear. */
  private readonly seen = new Set<Id>();

  /** With the account that looks: how oneself appears is told by it alone, never by an event, and lists may lag behind. */
  constructor(
    private readonly api: Api,
    private readonly me: () => User | null = () => null,
  ) {}

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

  /** Asks once for somebody of whom only the name was told, never how they appear. */
  look(id: Id): void {
    if (this.asked.has(id) || this.seen.has(id)) return;
    this.asked.add(id);
    this.refresh(id);
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

  /** Somebody of whom an answer told no more than the name. */
  fromNamed(named: NamedUser | null | undefined): void {
    if (named) this.put(named.id, named);
  }

  fromMember(member: Member): void {
    this.put(member.user_id, member);
  }

  fromParticipant(person: Participant): void {
    this.put(person.user_id, person);
  }

  /** A contact tells whether somebody is there, not how; what is known of that stays. */
  fromContact({ contact_user_id, username, display_name, avatar_url, is_online }: Contact): void {
    const held = this.known.get(contact_user_id)?.status ?? "offline";
    const status = is_online === undefined ? held : isThere(held, is_online);
    this.put(contact_user_id, { username, display_name, avatar_url, status }, false);
  }

  /** People of whom it was known earlier; how they appear now is not. */
  adopt(people: Person[]): void {
    for (const person of people)
      this.known.set(person.id, {
        ...person,
        name: person.name ?? person.username, // an earlier version kept none
        status: "offline",
        customStatus: null,
        activity: null,
      });
  }

  /** Everybody of whom a name is known here, for finding somebody by it. */
  all(): Person[] {
    return [...this.known.values()];
  }

  applyPresence(presence: Presence): void {
    const person = this.known.get(presence.user_id);
    if (!person) return;
    const { status, custom_status: customStatus, activity } = presence;
    this.known.set(person.id, { ...person, status, customStatus, activity });
  }

  /** What the log keeps of somebody holds no presence; that stays as it was. */
  private put(id: Id, record: Seen, isPresence = record.status !== undefined): void {
    const known = this.known.get(id);
    const own = this.me();
    const status = own?.id === id ? own.status : record.status;
    if (isPresence) this.seen.add(id);
    this.known.set(id, {
      id,
      username: record.username,
      name: nameIn(record, known),
      avatarUrl: record.avatar_url,
      status: status ?? known?.status ?? "offline",
      customStatus: record.custom_status === undefined ? (known?.customStatus ?? null) : record.custom_status,
      activity: record.activity === undefined ? (known?.activity ?? null) : record.activity,
    });
  }

  clear(): void {
    this.known.clear();
    this.asked.clear();
    this.seen.clear();
  }
}

function nameIn({ username, display_name }: Seen, known: Person | undefined): string {
  if (display_name === undefined) return known?.name ?? username;
  return display_name ?? username;
}

function isThere(held: Status, isOnline: boolean): Status {
  if (!isOnline) return "offline";
  return held === "offline" ? "online" : held;
}
