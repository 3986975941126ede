// The parts of the list of members: those who are online under their highest role that is shown separately, then all
// others who are online, then those who are offline. Every member is looked at once, however many roles there are.
import type { Member, Role } from "../api/types";

export interface Section {
  /** The role's id, or "here" or "away". */
  id: string;
  role: Role | null;
  members: Member[];
}

/** `roles` have the highest first. The members of a part keep their order; a part without members is left out. */
export function sectionsOf(members: Member[], roles: Role[], isHere: (member: Member) => boolean): Section[] {
  const hoisted = roles.filter((role) => role.hoist);
  const parts: Section[] = hoisted.map((role) => ({ id: role.id, role, members: [] }));
  const ranks = new Map(hoisted.map(({ id }, rank) => [id, rank]));
  const here = parts.push({ id: "here", role: null, members: [] }) - 1;
  const away = parts.push({ id: "away", role: null, members: [] }) - 1;
  for (const member of members) {
    const held = member.role_ids.map((id) => ranks.get(id) ?? here);
    parts[isHere(member) ? Math.min(here, ...held) : away]!.members.push(member);
  }
  return parts.filter((part) => part.members.length);
}
