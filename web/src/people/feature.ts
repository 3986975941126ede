import type { CreateFeature } from "../feature";
import { peopleEvents } from "./events";
import { OwnProfile } from "./ownprofile";
import { Presences } from "./presences";

export const people: CreateFeature = ({ session, api, route, answers, people, community }) => {
  const ownProfile = new OwnProfile(api, session, people);
  const presences = new Presences({
    answers,
    open: () => route.server,
    servers: () => community.servers.map(({ id }) => id),
    members: (server, limit) => api.members(server, limit),
    found: (member) => people.fromMember(member),
    stale: (servers) => community.markStale(servers),
  });
  return { stores: [ownProfile, presences], events: peopleEvents({ people, ownProfile, presences }) };
};
