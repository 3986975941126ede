// Which sections of a server's settings somebody is offered: those in which they may do something.
import type { Id } from "../api/types";
import type { Application } from "../store/application.svelte";
import type { PermissionName } from "../store/rights.svelte";

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

export function offered(app: Application, server: Id): Section[] {
  return NEEDED.filter(([, needed]) => needed.some((name) => app.may(server, name))).map(([one]) => one);
}
