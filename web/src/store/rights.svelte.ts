// What somebody may do, worked out as docs/permissions.md tells: from the server's default, the roles and the
// overrides, as READY told them and as events changed them since. The server decides; this only decides what to offer.
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { Api } from "../api/api";
import type { Channel, Id, Member, Override, Role, Server } from "../api/types";

export const Permission = {
  VIEW_CHANNEL: 1,
  SEND_MESSAGES: 2,
  MANAGE_MESSAGES: 4,
  ATTACH_FILES: 8,
  ADD_REACTIONS: 16,
  CONNECT_VOICE: 32,
  SPEAK: 64,
  MUTE_MEMBERS: 128,
  KICK_MEMBERS: 256,
  BAN_MEMBERS: 512,
  MANAGE_CHANNELS: 1024,
  MANAGE_ROLES: 2048,
  MANAGE_SERVER: 4096,
  ADMINISTRATOR: 8192,
  CREATE_INVITES: 16384,
} as const;

export type PermissionName = keyof typeof Permission;

export const EVERY_PERMISSION = 32767;
const DEFAULT = 123;

/** What everybody who takes part in a conversation may there. */
export const IN_CONVERSATION = DEFAULT;

/** What of a membership decides what one may. */
export type Standing = Pick<Member, "role_ids" | "timeout_expires_at">;

export const has = (held: number, wanted: number): boolean => (held & wanted) === wanted;

export class Rights {
  private readonly roleMap = new SvelteMap<Id, Role>();
  private readonly overrideMap = new SvelteMap<Id, Override>();

  /** Servers of which the overrides were not told by READY or by events; they are asked for a channel at a time. */
  private readonly untold = new SvelteSet<Id>();
  private readonly asked = new Set<Id>();

  constructor(private readonly api: Api) {}

  /** The highest first. */
  rolesOf(server: Id): Role[] {
    const own = [...this.roleMap.values()].filter((role) => role.server_id === server);
    return own.sort(higherFirst);
  }

  overridesOf(channel: Id): Override[] {
    return [...this.overrideMap.values()].filter((override) => override.channel_id === channel);
  }

  /** The roles that somebody has and that still exist, the highest first. */
  rolesHeld(server: Id, member: Standing | undefined, roles = this.rolesOf(server)): Role[] {
    const held = new Set(member?.role_ids);
    return roles.filter((role) => held.has(role.id));
  }

  /** The colour of somebody's name: of their highest role that has one. */
  colorOf(member: Standing | undefined): string | null {
    const held = (member?.role_ids ?? []).flatMap((id) => this.roleMap.get(id) ?? []);
    return held.filter((role) => role.color).sort(higherFirst)[0]?.color ?? null;
  }

  /** How high somebody stands: the owner above all, others as their highest role, 0 without one. */
  rank(server: Server, user: Id, member: Standing | undefined): number {
    if (server.owner_id === user) return Infinity;
    return this.rolesHeld(server.id, member)[0]?.position ?? 0;
  }

  /** What somebody may in the server at large; or would, if its roles were these. */
  inServer(server: Server, user: Id, member: Standing | undefined, roles?: Role[]): number {
    if (server.owner_id === user) return EVERY_PERMISSION;
    if (isTimedOut(member)) return Permission.VIEW_CHANNEL;
    return this.granted(server, member, roles);
  }

  /** What somebody may in a channel; or would, if its overrides were these. */
  inChannel(
    server: Server,
    channel: Channel,
    user: Id,
    member: Standing | undefined,
    overrides = this.overridesOf(channel.id),
  ): number {
    if (server.owner_id === user) return EVERY_PERMISSION;
    const granted = this.granted(server, member);
    const all =
      granted === EVERY_PERMISSION ? granted : this.overridden(granted, server, overrides, user, member);
    if (!has(all, Permission.VIEW_CHANNEL)) return 0;
    return isTimedOut(member) ? all & Permission.VIEW_CHANNEL : all;
  }

  adopt(roles: Record<Id, Role[]>, overrides: Record<Id, Override[]>): void {
    this.clear();
    for (const role of Object.values(roles).flat()) this.putRole(role);
    for (const override of Object.values(overrides).flat()) this.putOverride(override);
  }

  all(): { roles: Role[]; overrides: Override[] } {
    return { roles: [...this.roleMap.values()], overrides: [...this.overrideMap.values()] };
  }

  putRole(role: Role): void {
    this.roleMap.set(role.id, role);
  }

  removeRole(id: Id): void {
    this.roleMap.delete(id);
  }

  putOverride(override: Override): void {
    this.overrideMap.set(override.id, override);
  }

  removeOverride(id: Id): void {
    this.overrideMap.delete(id);
  }

  /** Nothing was told of this server, or something was missed: asks for its roles now and for overrides when needed. */
  async relearn(server: Id): Promise<void> {
    this.untold.add(server);
    this.asked.clear();
    const roles = await this.api.roles(server);
    for (const known of this.rolesOf(server)) this.roleMap.delete(known.id);
    for (const role of roles) this.putRole(role);
  }

  /** Learns the overrides of a channel, unless they were told. */
  meet(channel: Channel): void {
    if (!this.untold.has(channel.server_id) || this.asked.has(channel.id)) return;
    this.asked.add(channel.id);
    this.api.overrides(channel.id).then(
      (overrides) => {
        for (const known of this.overridesOf(channel.id)) this.removeOverride(known.id);
        for (const override of overrides) this.putOverride(override);
      },
      () => this.asked.delete(channel.id),
    );
  }

  clear(): void {
    this.roleMap.clear();
    this.overrideMap.clear();
    this.untold.clear();
    this.asked.clear();
  }

  /** The default and the roles together, before overrides. */
  private granted(server: Server, member: Standing | undefined, roles?: Role[]): number {
    const held = this.rolesHeld(server.id, member, roles);
    const sum = held.reduce((all, role) => all | role.permissions, server.default_permissions ?? DEFAULT);
    return has(sum, Permission.ADMINISTRATOR) ? EVERY_PERMISSION : sum;
  }

  private overridden(
    granted: number,
    server: Server,
    overrides: Override[],
    user: Id,
    member: Standing | undefined,
  ): number {
    const held = new Set(this.rolesHeld(server.id, member).map((role) => role.id));
    const steps = [
      overrides.filter((override) => override.role_id === server.id),
      overrides.filter((override) => override.role_id !== null && held.has(override.role_id)),
      overrides.filter((override) => override.user_id === user),
    ];
    return steps.reduce(applied, granted);
  }
}

const higherFirst = (a: Role, b: Role) => b.position - a.position || a.id.localeCompare(b.id);

/** What is denied goes first, what is allowed comes then. */
function applied(permissions: number, step: Override[]): number {
  const deny = step.reduce((all, override) => all | override.deny, 0);
  const allow = step.reduce((all, override) => all | override.allow, 0);
  return (permissions & ~deny) | allow;
}

export function isTimedOut(member: Standing | undefined): boolean {
  const until = member?.timeout_expires_at;
  return until !== null && until !== undefined && Date.parse(until) > Date.now();
}
