// What a user is allowed to do, computed as docs/permissions.md describes: from the server's default, the roles and the
// overrides, as READY and later events give them. The server decides; this only decides what to offer.
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { Api } from "../api/api";
import { DEFAULT_PERMISSIONS, EVERY_PERMISSION, Permission } from "../api/declared";
import type { Channel, Id, Member, Override, Role, Server } from "../api/types";

export { Permission };
export type PermissionName = keyof typeof Permission;

/** The permissions of every participant in a conversation. */
export const IN_CONVERSATION = DEFAULT_PERMISSIONS;

/** The parts of a membership that determine permissions. */
export type RolesAndTimeout = Pick<Member, "role_ids" | "timeout_expires_at">;

export const has = (held: number, wanted: number): boolean => (held & wanted) === wanted;

export class Permissions {
  private readonly roleMap = new SvelteMap<Id, Role>();
  private readonly overrideMap = new SvelteMap<Id, Override>();

  /** Servers whose overrides neither READY nor events contained; they are requested channel by channel. */
  private readonly unfetched = new SvelteSet<Id>();
  private readonly asked = new Set<Id>();

  private readonly privateChannels = $derived.by(() => {
    const found = new Set<string>();
    for (const { channel_id, role_id, deny } of this.overrideMap.values())
      if (role_id && has(deny, Permission.VIEW_CHANNEL)) found.add(`${channel_id} ${role_id}`);
    return found;
  });

  constructor(private readonly api: Api) {}

  /** Whether a channel is hidden from everyone who has no role or override of their own for it. */
  isPrivate({ id, server_id }: Channel): boolean {
    return this.privateChannels.has(`${id} ${server_id}`);
  }

  /** Highest role first. */
  rolesOf(server: Id): Role[] {
    const own = [...this.roleMap.values()].filter((role) => role.server_id === server);
    return own.sort(higherFirst);
  }

  overridesOf(channel: Id): Override[] {
    return [...this.overrideMap.values()].filter((override) => override.channel_id === channel);
  }

  /** The roles that a member has and that still exist, highest first. */
  rolesHeld(server: Id, member: RolesAndTimeout | undefined, roles = this.rolesOf(server)): Role[] {
    const held = new Set(member?.role_ids);
    return roles.filter((role) => held.has(role.id));
  }

  /** The colour of a member's name: that of their highest role with a colour. */
  colorOf(member: RolesAndTimeout | undefined): string | null {
    const held = (member?.role_ids ?? []).flatMap((id) => this.roleMap.get(id) ?? []);
    return held.filter((role) => role.color).sort(higherFirst)[0]?.color ?? null;
  }

  /** A member's rank: the owner above all, others by their highest role, 0 without one. */
  rank(server: Server, user: Id, member: RolesAndTimeout | undefined): number {
    if (server.owner_id === user) return Infinity;
    return this.rolesHeld(server.id, member)[0]?.position ?? 0;
  }

  /** A member's permissions in the whole server, or what they would be with these roles. */
  inServer(server: Server, user: Id, member: RolesAndTimeout | undefined, roles?: Role[]): number {
    if (server.owner_id === user) return EVERY_PERMISSION;
    if (isTimedOut(member)) return Permission.VIEW_CHANNEL;
    return this.granted(server, member, roles);
  }

  /** A member's permissions in a channel, or what they would be with these overrides. */
  inChannel(
    server: Server,
    channel: Channel,
    user: Id,
    member: RolesAndTimeout | undefined,
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

  /** Nothing is known of this server, or something was missed: fetches its roles now, and overrides when needed. */
  async refetch(server: Id): Promise<void> {
    this.unfetched.add(server);
    this.asked.clear();
    const roles = await this.api.roles(server);
    for (const known of this.rolesOf(server)) this.roleMap.delete(known.id);
    for (const role of roles) this.putRole(role);
  }

  /** Fetches the overrides of a channel, unless they are known. */
  ensure(channel: Channel): void {
    if (!this.unfetched.has(channel.server_id) || this.asked.has(channel.id)) return;
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
    this.unfetched.clear();
    this.asked.clear();
  }

  /** The default and the roles combined, before overrides. */
  private granted(server: Server, member: RolesAndTimeout | undefined, roles?: Role[]): number {
    const held = this.rolesHeld(server.id, member, roles);
    const sum = held.reduce(
      (all, role) => all | role.permissions,
      server.default_permissions ?? DEFAULT_PERMISSIONS,
    );
    return has(sum, Permission.ADMINISTRATOR) ? EVERY_PERMISSION : sum;
  }

  private overridden(
    granted: number,
    server: Server,
    overrides: Override[],
    user: Id,
    member: RolesAndTimeout | undefined,
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

/** Denies are applied before allows. */
function applied(permissions: number, step: Override[]): number {
  const deny = step.reduce((all, override) => all | override.deny, 0);
  const allow = step.reduce((all, override) => all | override.allow, 0);
  return (permissions & ~deny) | allow;
}

export function isTimedOut(member: RolesAndTimeout | undefined): boolean {
  const until = member?.timeout_expires_at;
  return until !== null && until !== undefined && Date.parse(until) > Date.now();
}
