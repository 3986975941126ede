// Which sections of a server's settings a member is offered: those in which they have permissions.
import type { Id } from "../api/types";
import type { Needs } from "./context";
import type { PermissionName } from "../community/permissions.svelte";

export type Section = "overview" | "roles" | "channels" | "members" | "invites" | "bans" | "emoji" | "audit";

const NEEDED: [Section, PermissionName[]][] = [
  ["overview", ["MANAGE_SERVER"]],
  ["roles", ["MANAGE_ROLES"]],
  ["channels", ["MANAGE_CHANNELS"]],
  ["members", ["MANAGE_ROLES", "KICK_MEMBERS", "BAN_MEMBERS", "MUTE_MEMBERS"]],
  ["invites", ["CREATE_INVITES"]],
  ["bans", ["BAN_MEMBERS"]],
  ["emoji", ["MANAGE_SERVER"]],
  ["audit", ["ADMINISTRATOR"]],
];

export function offered(app: Pick<Needs, "access">, server: Id): Section[] {
  return NEEDED.filter(([, needed]) => needed.some((name) => app.access.may(server, name))).map(
    ([one]) => one,
  );
}
