// Private channels: who may see one, and the overrides that say so. A category is a name that channels share. It counts
// as private if the same overrides hide all its channels from everyone, and a channel created in it starts with these.
import type { Id, Override, OverrideSetting, Server } from "../api/types";
import { has, Permission } from "./permissions.svelte";
import type { Session } from "../store/session.svelte";
import type { Community } from "./community.svelte";
import type { Permissions } from "./permissions.svelte";

export interface Needs {
  session: Session;
  community: Community;
  permissions: Permissions;
}

type Setting = Pick<Override, "role_id" | "user_id" | "allow" | "deny">;

/** The roles and members who may see a private channel, besides its creator and administrators. */
export interface Audience {
  roles: Id[];
  members: Id[];
}

const { VIEW_CHANNEL, CONNECT_VOICE } = Permission;

/** What the creator of a channel may allow themselves in it. */
const KEPT = VIEW_CHANNEL | CONNECT_VOICE;

/** The overrides of a private category; null if it is not private. */
export function settingsOfCategory(needs: Needs, server: Server, category: string | null): Setting[] | null {
  const own = needs.community.channelsOf(server.id).filter((channel) => channel.category === category);
  const [first, ...others] = own.map(({ id }) => needs.permissions.overridesOf(id));
  if (category === null || !first) return null;
  const isHidden = first.some(({ role_id, deny }) => role_id === server.id && has(deny, VIEW_CHANNEL));
  return isHidden && others.every((each) => keyOf(each) === keyOf(first)) ? first : null;
}

export function audienceOf(server: Server, settings: Setting[]): Audience {
  const shown = settings.filter(({ role_id, allow }) => role_id !== server.id && has(allow, VIEW_CHANNEL));
  return {
    roles: shown.flatMap(({ role_id }) => role_id ?? []),
    members: shown.flatMap(({ user_id }) => user_id ?? []),
  };
}

/** The overrides with which a private channel starts: those of its category as far as the user may set them. */
export function settingsFor(
  needs: Needs,
  server: Server,
  audience: Audience,
  inherited: Setting[],
): OverrideSetting[] {
  const me = needs.session.user?.id ?? "";
  const own = needs.community.member(server.id, me);
  const held = needs.permissions.inServer(server, me, own);
  const wanted = new Map<Id, Setting>();
  for (const each of inherited) if (!has(each.allow, VIEW_CHANNEL)) wanted.set(targetOf(each), each);
  const allow = (role_id: Id | null, user_id: Id | null) => {
    const known = inherited.find((each) => each.role_id === role_id && each.user_id === user_id);
    wanted.set((role_id ?? user_id)!, known ?? { role_id, user_id, allow: VIEW_CHANNEL, deny: 0 });
  };
  if (!wanted.has(server.id))
    wanted.set(server.id, { role_id: server.id, user_id: null, allow: 0, deny: VIEW_CHANNEL });
  for (const role of audience.roles) allow(role, null);
  for (const member of audience.members) allow(null, member);
  const isShown =
    has(held, Permission.ADMINISTRATOR) || own?.role_ids.some((role) => audience.roles.includes(role));
  if (!isShown) allow(null, me);
  return [...wanted.values()]
    .filter((each) => maySet(needs, server, each))
    .map(({ role_id, user_id, allow, deny }) =>
      user_id === me && server.owner_id !== me
        ? { user_id, allow: allow & KEPT & held, deny: 0 }
        : { ...(role_id ? { role_id } : { user_id }), allow: allow & held, deny: deny & held },
    );
}

/** Whether the user outranks the role or member, or is the member. */
export function maySet(
  needs: Needs,
  server: Server,
  { role_id, user_id }: Pick<Setting, "role_id" | "user_id">,
): boolean {
  const me = needs.session.user?.id ?? "";
  if (server.owner_id === me || role_id === server.id || user_id === me) return true;
  const rank = (user: Id) => needs.permissions.rank(server, user, needs.community.member(server.id, user));
  if (user_id) return rank(user_id) < rank(me);
  return needs.permissions
    .rolesOf(server.id)
    .some(({ id, position }) => id === role_id && position < rank(me));
}

const targetOf = ({ role_id, user_id }: Setting): Id => (role_id ?? user_id)!;

function keyOf(settings: Setting[]): string {
  return settings
    .map((each) => `${targetOf(each)} ${each.allow} ${each.deny}`)
    .sort()
    .join();
}
