// Giving a role to a member and removing it, shown immediately; a toast offers to undo it.
import type { Calls } from "../api/moderation";
import type { Id, Member, Role } from "../api/types";
import { has, Permission } from "../community/permissions.svelte";
import { text } from "../text/texts";
import { words } from "./words";
import type { Community } from "../community/community.svelte";
import type { Names } from "../people/names";
import type { Toasts } from "../ui/toasts.svelte";

export interface Needs {
  community: Community;
  names: Names;
  toasts: Toasts;
}

export interface RoleGift {
  member: Member;
  role: Role;
  isGiven: boolean;
}

/** Whether someone should confirm it first: it gives every permission. */
export const isGrave = ({ role, isGiven }: RoleGift): boolean =>
  isGiven && has(role.permissions, Permission.ADMINISTRATOR);

export async function setRole(needs: Needs, calls: Calls, server: Id, gift: RoleGift): Promise<void> {
  if (!(await apply(needs, calls, server, gift))) return;
  const told = gift.isGiven ? words.roleGiven : words.roleTaken;
  needs.toasts.offer(told({ name: needs.names.of(gift.member), role: gift.role.name }), {
    label: text.common.undo,
    act: () => apply(needs, calls, server, { ...gift, isGiven: !gift.isGiven }),
  });
}

/** Returns whether it succeeded. */
async function apply(needs: Needs, calls: Calls, server: Id, gift: RoleGift): Promise<boolean> {
  const { role, isGiven } = gift;
  const member = needs.community.member(server, gift.member.user_id) ?? gift.member;
  const others = member.role_ids.filter((id) => id !== role.id);
  try {
    if (isGiven) await calls.giveRole(server, member.user_id, role.id);
    else await calls.takeRole(server, member.user_id, role.id);
    needs.community.putMember(server, { ...member, role_ids: isGiven ? [...others, role.id] : others });
    return true;
  } catch (error) {
    needs.toasts.report(error);
    return false;
  }
}
