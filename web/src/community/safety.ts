// Whether a change of permissions would take permissions away from the user who makes it.
import type { Channel, Override, Role, Server } from "../api/types";
import { has, Permission, type PermissionName } from "./permissions.svelte";
import type { Session } from "../store/session.svelte";
import type { Community } from "./community.svelte";
import type { Permissions } from "./permissions.svelte";

export interface Needs {
  session: Session;
  community: Community;
  permissions: Permissions;
}

const NAMES = Object.keys(Permission) as PermissionName[];

export function lostBetween(before: number, after: number): PermissionName[] {
  return NAMES.filter((name) => has(before, Permission[name]) && !has(after, Permission[name]));
}

/** What the user would lose in the server if this role (or without one, the default) had only these permissions. */
export function lostByRole(needs: Needs, server: Server, role: Role | null, permissions: number) {
  return lostBetween(
    inServer(needs, server, (rules) => rules),
    inServer(needs, server, (rules) => {
      if (role)
        rules.roles = rules.roles.map((each) => (each.id === role.id ? { ...each, permissions } : each));
      else rules.server = { ...rules.server, default_permissions: permissions };
      return rules;
    }),
  );
}

/** What the user would lose in the server without this role. */
export function lostWithoutRole(needs: Needs, server: Server, role: Role): PermissionName[] {
  return lostBetween(
    inServer(needs, server, (rules) => rules),
    inServer(needs, server, (rules) => ({
      ...rules,
      roles: rules.roles.filter(({ id }) => id !== role.id),
    })),
  );
}

/** What the user would lose in a channel if one of its overrides were this. */
export function lostByOverride(
  needs: Needs,
  server: Server,
  channel: Channel,
  change: Omit<Override, "id" | "channel_id">,
): PermissionName[] {
  const me = needs.session.user?.id ?? "";
  const member = needs.community.member(server.id, me);
  const held = needs.permissions.overridesOf(channel.id);
  const isSame = (one: Override) => one.role_id === change.role_id && one.user_id === change.user_id;
  const id = held.find(isSame)?.id ?? "new";
  const next = [...held.filter((one) => !isSame(one)), { id, channel_id: channel.id, ...change }];
  return lostBetween(
    needs.permissions.inChannel(server, channel, me, member),
    needs.permissions.inChannel(server, channel, me, member, next),
  );
}

interface Rules {
  server: Server;
  roles: Role[];
}

function inServer(needs: Needs, server: Server, change: (rules: Rules) => Rules): number {
  const me = needs.session.user?.id ?? "";
  const rules = change({ server, roles: needs.permissions.rolesOf(server.id) });
  return needs.permissions.inServer(rules.server, me, needs.community.member(server.id, me), rules.roles);
}
