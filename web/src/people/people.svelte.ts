// Names, pictures and presence of all known people, whatever server they were met in.
import { SvelteMap } from "svelte/reactivity";
import type { Api } from "../api/api";
import type { Contact, Id, Member, NamedUser, Participant, Profile, Status, User } from "../api/types";
import type { Answers } from "../store/answers";
import type { Person } from "../store/local/state";
import type { Presence } from "../sync/frames";

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

  /** People whose presence is known. */
  private readonly seen = new Set<Id>();

  /**
   * With the user's own account: only it has the user's own presence. Events never contain that, and lists may lag
   * behind.
   */
  constructor(
    private readonly api: Api,
    private readonly answers: Answers,
    private readonly me: () => User | null = () => null,
  ) {}

  of(id: Id): Person | undefined {
    return this.known.get(id);
  }

  /** Fetches a person once who is not a member of anything that is loaded. */
  ensure(id: Id): void {
    if (this.known.has(id) || this.asked.has(id)) return;
    this.asked.add(id);
    this.fetch(id).catch(() => this.asked.delete(id));
  }

  /** Fetches a person once of whom only the name is known, not the presence. */
  ensurePresence(id: Id): void {
    if (this.asked.has(id) || this.seen.has(id)) return;
    this.asked.add(id);
    this.refresh(id);
  }

  /** Fetches a person again, for their present presence. */
  refresh(id: Id): void {
    this.fetch(id).catch(() => undefined);
  }

  fetch(id: Id): Promise<Profile> {
    return this.answers.show(this.api.profile(id), (profile) => this.fromProfile(profile));
  }

  /** A person has changed their profile. */
  change(profile: Profile | User): void {
    this.answers.change(() => this.fromProfile(profile));
  }

  fromProfile(profile: Profile | User): void {
    this.put(profile.id, profile);
  }

  /** A person of whom a response contained only the name. */
  fromNamed(named: NamedUser | null | undefined): void {
    if (named) this.put(named.id, named);
  }

  fromMember(member: Member): void {
    this.put(member.user_id, member);
  }

  fromParticipant(person: Participant): void {
    this.put(person.user_id, person);
  }

  /** A contact says whether someone is online, not their status; a known status is kept. */
  fromContact({ contact_user_id, username, display_name, avatar_url, is_online }: Contact): void {
    const held = this.known.get(contact_user_id)?.status ?? "offline";
    const status = is_online === undefined ? held : isThere(held, is_online);
    this.put(contact_user_id, { username, display_name, avatar_url, status }, false);
  }

  /** People from earlier visits; their present presence is unknown. */
  adopt(people: Person[]): void {
    for (const person of people)
      this.known.set(person.id, {
        ...person,
        name: person.name ?? person.username, // earlier versions did not store one
        status: "offline",
        customStatus: null,
        activity: null,
      });
  }

  /** Everyone whose name is known here, to find people by name. */
  all(): Person[] {
    return [...this.known.values()];
  }

  applyPresence(presence: Presence): void {
    this.answers.change(() => this.putPresence(presence));
  }

  private putPresence(presence: Presence): void {
    const person = this.known.get(presence.user_id);
    if (!person) return;
    const { status, custom_status: customStatus, activity } = presence;
    this.known.set(person.id, { ...person, status, customStatus, activity });
  }

  /** Records in the log contain no presence; the known one is kept. */
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
