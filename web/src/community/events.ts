// How events change servers, their channels, members and roles.
import type { Id } from "../api/types";
import type { Appliers } from "../store/events";
import type { Positions } from "../store/positions";
import type { Session } from "../store/session.svelte";
import type { Departure, EventName, Events } from "../sync/frames";
import type { Community } from "./community.svelte";
import type { Membership } from "./membership";
import type { Permissions } from "./permissions.svelte";

type Name =
  | Extract<EventName, `CHANNEL_${string}` | `SERVER_${string}` | `MEMBER_${string}` | `ROLE_${string}`>
  | "READY"
  | "USER_UPDATE";

export interface CommunityEventNeeds {
  community: Community;
  permissions: Permissions;
  membership: Membership;
  positions: Positions;
  session: Session;
  features: { forget: (channel: Id) => void };
}

export function communityEvents(needs: CommunityEventNeeds): Appliers<Name> {
  const { community, permissions, membership, positions, session } = needs;
  const put = (member: Events["MEMBER_UPDATE"]) => community.putMember(member.server_id, member);
  const sentAway =
    (departure: Departure["departure"]) =>
    ({ server_id, user_id, reason }: Events["MEMBER_KICK"]) => {
      if (user_id === session.user?.id) membership.left(server_id, { departure, reason });
      else community.removeMember(server_id, user_id);
    };
  return {
    READY({ servers, server_roles = {}, channel_overrides = {} }) {
      community.replaceServers(servers);
      permissions.adopt(server_roles, channel_overrides);
    },
    CHANNEL_CREATE(channel) {
      community.putChannel(channel);
      // A new channel starts at position 0; for a channel that becomes visible, the event gives the position.
      if (positions.of(channel.id) === undefined) positions.take(channel.id, 0);
    },
    CHANNEL_UPDATE: (channel) => community.putChannel(channel),
    CHANNEL_DELETE({ id }) {
      community.removeChannel(id);
      needs.features.forget(id);
    },
    CHANNEL_OVERRIDE_UPDATE: (override) => permissions.putOverride(override),
    CHANNEL_OVERRIDE_DELETE: ({ override_id }) => permissions.removeOverride(override_id),
    SERVER_CREATE: ({ id }) => membership.arrive(id),
    SERVER_UPDATE: (server) => community.putServer(server),
    SERVER_DELETE: ({ id, departure, reason }) =>
      membership.left(id, departure ? { departure, reason: reason ?? null } : null),
    MEMBER_JOIN: put,
    MEMBER_LEAVE: ({ server_id, user_id }) => community.removeMember(server_id, user_id),
    MEMBER_UPDATE: put,
    MEMBER_ROLE_ADD: put,
    MEMBER_ROLE_REMOVE: put,
    MEMBER_TIMEOUT: put,
    MEMBER_TIMEOUT_REMOVE: put,
    MEMBER_KICK: sentAway("MEMBER_KICK"),
    MEMBER_BAN: sentAway("MEMBER_BAN"),
    MEMBER_UNBAN: () => undefined, // for the open list of bans
    USER_UPDATE(record) {
      if ("server_id" in record) put(record);
    },
    ROLE_CREATE: (role) => permissions.putRole(role),
    ROLE_UPDATE: (role) => permissions.putRole(role),
    ROLE_DELETE: ({ role_id }) => permissions.removeRole(role_id),
  };
}
