// How events change the known people.
import type { Member, Profile, User } from "../api/types";
import type { Appliers } from "../store/events";
import type { People } from "./people.svelte";
import type { Presences } from "./presences";

export interface PeopleEventNeeds {
  people: People;
  presences: Presences;
  /** A member of a server changed. */
  member: (member: Member & { server_id: string }) => void;
  profile: (profile: Profile | User) => void;
  wentOffline: (user: string) => void;
}

export function peopleEvents(
  needs: PeopleEventNeeds,
): Appliers<"USER_UPDATE" | "PRESENCE_UPDATE" | "PRESENCE_RESET"> {
  const { people, presences, member, profile, wentOffline } = needs;
  return {
    USER_UPDATE(record) {
      if ("server_id" in record) member(record);
      else profile(record);
    },
    PRESENCE_UPDATE(presence) {
      people.applyPresence(presence);
      if (presence.status === "offline") wentOffline(presence.user_id);
    },
    PRESENCE_RESET: (reset) => presences.reset(reset),
  };
}
