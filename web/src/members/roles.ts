// Giving a role to a member and removing it, shown immediately; a toast offers to undo it.
import type { Calls } from "../api/moderation";
import type { Id, Member, Role } from "../api/types";
import { has, Permission } from "../community/permissions.svelte";
import { nameOf } from "../people/names";
import { text } from "../text/texts";
import type { Needs } from "./context";
import { words } from "./words";

export interface RoleGift {
  member: Member;
  role: Role;
  isGiven: boolean;
}

type Actors = Pick<Needs, "community" | "people" | "toasts" | "report">;

/** Whether someone should confirm it first: it gives every permission. */
export const isGrave = ({ role, isGiven }: RoleGift): boolean =>
  isGiven && has(role.permissions, Permission.ADMINISTRATOR);

export async function setRole(app: Actors, calls: Calls, server: Id, gift: RoleGift): Promise<void> {
  if (!(await apply(app, calls, server, gift))) return;
  const told = gift.isGiven ? words.roleGiven : words.roleTaken;
  app.toasts.offer(told({ name: nameOf(app, gift.member), role: gift.role.name }), {
    label: text.common.undo,
    act: () => apply(app, calls, server, { ...gift, isGiven: !gift.isGiven }),
  });
}

/** Returns whether it succeeded. */
async function apply(app: Actors, calls: Calls, server: Id, gift: RoleGift): Promise<boolean> {
  const { role, isGiven } = gift;
  const member = app.community.member(server, gift.member.user_id) ?? gift.member;
  const others = member.role_ids.filter((id) => id !== role.id);
  try {
    if (isGiven) await calls.giveRole(server, member.user_id, role.id);
    else await calls.takeRole(server, member.user_id, role.id);
    app.community.putMember(server, { ...member, role_ids: isGiven ? [...others, role.id] : others });
    return true;
  } catch (error) {
    app.report(error);
    return false;
  }
}
