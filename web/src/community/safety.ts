// Whether a change of permissions would take permissions away from the user who makes it.
import type { Needs } from "./context";
import type { Channel, Override, Role, Server } from "../api/types";
import { has, Permission, type PermissionName } from "./permissions.svelte";

type SafetyNeeds = Pick<Needs, "session" | "community" | "permissions">;

const NAMES = Object.keys(Permission) as PermissionName[];

export function lostBetween(before: number, after: number): PermissionName[] {
  return NAMES.filter((name) => has(before, Permission[name]) && !has(after, Permission[name]));
}

/** What the user would lose in the server if this role (or without one, the default) had only these permissions. */
export function lostByRole(app: SafetyNeeds, server: Server, role: Role | null, permissions: number) {
  return lostBetween(
    inServer(app, server, (rules) => rules),
    inServer(app, server, (rules) => {
      if (role)
        rules.roles = rules.roles.map((each) => (each.id === role.id ? { ...each, permissions } : each));
      else rules.server = { ...rules.server, default_permissions: permissions };
      return rules;
    }),
  );
}

/** What the user would lose in the server without this role. */
export function lostWithoutRole(app: SafetyNeeds, server: Server, role: Role): PermissionName[] {
  return lostBetween(
    inServer(app, server, (rules) => rules),
    inServer(app, server, (rules) => ({
      ...rules,
      roles: rules.roles.filter(({ id }) => id !== role.id),
    })),
  );
}

/** What the user would lose in a channel if one of its overrides were this. */
export function lostByOverride(
  app: SafetyNeeds,
  server: Server,
  channel: Channel,
  change: Omit<Override, "id" | "channel_id">,
): PermissionName[] {
  const me = app.session.user?.id ?? "";
  const member = app.community.member(server.id, me);
  const held = app.permissions.overridesOf(channel.id);
  const isSame = (one: Override) => one.role_id === change.role_id && one.user_id === change.user_id;
  const id = held.find(isSame)?.id ?? "new";
  const next = [...held.filter((one) => !isSame(one)), { id, channel_id: channel.id, ...change }];
  return lostBetween(
    app.permissions.inChannel(server, channel, me, member),
    app.permissions.inChannel(server, channel, me, member, next),
  );
}

interface Rules {
  server: Server;
  roles: Role[];
}

function inServer(app: SafetyNeeds, server: Server, change: (rules: Rules) => Rules): number {
  const me = app.session.user?.id ?? "";
  const rules = change({ server, roles: app.permissions.rolesOf(server.id) });
  return app.permissions.inServer(rules.server, me, app.community.member(server.id, me), rules.roles);
}
