// Which sections of a server's settings a member is offered: those in which they have permissions.
import type { Id } from "../api/types";
import type { Access } from "./access";
import type { PermissionName } from "./permissions.svelte";

export type Section =
  | "overview"
  | "roles"
  | "channels"
  | "members"
  | "invites"
  | "bans"
  | "reports"
  | "automod"
  | "retention"
  | "emoji"
  | "webhooks"
  | "audit";

const NEEDED: [Section, PermissionName[]][] = [
  ["overview", ["MANAGE_SERVER"]],
  ["roles", ["MANAGE_ROLES"]],
  ["channels", ["MANAGE_CHANNELS"]],
  ["members", ["MANAGE_ROLES", "KICK_MEMBERS", "BAN_MEMBERS", "MUTE_MEMBERS"]],
  ["invites", ["CREATE_INVITES"]],
  ["bans", ["BAN_MEMBERS"]],
  ["reports", ["MANAGE_MESSAGES"]],
  ["automod", ["MANAGE_SERVER"]],
  ["retention", ["MANAGE_SERVER"]],
  ["emoji", ["MANAGE_SERVER"]],
  ["webhooks", ["ADMINISTRATOR"]],
  ["audit", ["ADMINISTRATOR"]],
];

export function sectionsFor({ access }: { access: Access }, server: Id): Section[] {
  return NEEDED.filter(([, needed]) => needed.some((name) => access.may(server, name))).map(([one]) => one);
}
