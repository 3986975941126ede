// How events change the known people.
import type { Appliers } from "../store/events";
import type { OwnProfile } from "./ownprofile";
import type { People } from "./people.svelte";
import type { Presences } from "./presences";

export interface PeopleEventNeeds {
  people: People;
  ownProfile: OwnProfile;
  presences: Presences;
}

export function peopleEvents(
  needs: PeopleEventNeeds,
): Appliers<"READY" | "MEMBER_JOIN" | "USER_UPDATE" | "PRESENCE_UPDATE" | "PRESENCE_RESET"> {
  const { people, ownProfile, presences } = needs;
  return {
    READY: ({ user }) => ownProfile.adopt(user),
    MEMBER_JOIN: ({ user_id }) => people.refresh(user_id),
    USER_UPDATE(record) {
      if (!("server_id" in record)) ownProfile.adopt(record);
    },
    PRESENCE_UPDATE: (presence) => people.applyPresence(presence),
    PRESENCE_RESET: (reset) => presences.reset(reset),
  };
}
