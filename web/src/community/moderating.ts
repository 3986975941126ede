// What the user can do to a member of a server: only to members of a lower rank.
import type { Id, User } from "../api/types";
import type { Access } from "./access";
import type { Community } from "./community.svelte";
import type { Permissions } from "./permissions.svelte";

interface Needs {
  session: { user: User | null };
  community: Community;
  permissions: Permissions;
  access: Access;
}

export interface MayModerate {
  isBelow: boolean;
  timeOut: boolean;
  kick: boolean;
  ban: boolean;
}

export function mayModerate(
  { session, community, permissions, access }: Needs,
  id: Id,
  user: Id,
): MayModerate {
  const server = community.server(id);
  const me = session.user?.id ?? "";
  const rankOf = (each: Id) => (server ? permissions.rank(server, each, community.member(id, each)) : 0);
  const isBelow = user !== me && rankOf(me) > rankOf(user);
  const isMember = community.member(id, user) !== undefined;
  return {
    isBelow,
    timeOut: isBelow && isMember && access.may(id, "MUTE_MEMBERS"),
    kick: isBelow && isMember && access.may(id, "KICK_MEMBERS"),
    ban: isBelow && access.may(id, "BAN_MEMBERS"),
  };
}
