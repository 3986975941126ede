// Whether a change of permissions would take from oneself what one has now.
import type { Application } from "../store/application.svelte";
import type { Channel, Override, Role, Server } from "../api/types";
import { has, Permission, type PermissionName } from "../store/rights.svelte";

const NAMES = Object.keys(Permission) as PermissionName[];

export function lostBetween(before: number, after: number): PermissionName[] {
  return NAMES.filter((name) => has(before, Permission[name]) && !has(after, Permission[name]));
}

/** What I may no longer do in the server if this role, or without one the default, allowed only this. */
export function lostByRole(app: Application, server: Server, role: Role | null, permissions: number) {
  return lostBetween(
    inServer(app, server, (rights) => rights),
    inServer(app, server, (rights) => {
      if (role)
        rights.roles = rights.roles.map((each) => (each.id === role.id ? { ...each, permissions } : each));
      else rights.server = { ...rights.server, default_permissions: permissions };
      return rights;
    }),
  );
}

/** What I may no longer do in the server without this role. */
export function lostWithoutRole(app: Application, server: Server, role: Role): PermissionName[] {
  return lostBetween(
    inServer(app, server, (rights) => rights),
    inServer(app, server, (rights) => ({
      ...rights,
      roles: rights.roles.filter(({ id }) => id !== role.id),
    })),
  );
}

/** What I may no longer do in a channel if one of its exceptions were this. */
export function lostByOverride(
  app: Application,
  server: Server,
  channel: Channel,
  change: Omit<Override, "id" | "channel_id">,
): PermissionName[] {
  const me = app.user?.id ?? "";
  const member = app.community.member(server.id, me);
  const held = app.rights.overridesOf(channel.id);
  const isSame = (one: Override) => one.role_id === change.role_id && one.user_id === change.user_id;
  const id = held.find(isSame)?.id ?? "new";
  const next = [...held.filter((one) => !isSame(one)), { id, channel_id: channel.id, ...change }];
  return lostBetween(
    app.rights.inChannel(server, channel, me, member),
    app.rights.inChannel(server, channel, me, member, next),
  );
}

interface Rules {
  server: Server;
  roles: Role[];
}

function inServer(app: Application, server: Server, change: (rules: Rules) => Rules): number {
  const me = app.user?.id ?? "";
  const rules = change({ server, roles: app.rights.rolesOf(server.id) });
  return app.rights.inServer(rules.server, me, app.community.member(server.id, me), rules.roles);
}
