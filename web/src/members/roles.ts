// Giving a role to a member and removing it, shown immediately.
import type { Calls } from "../api/moderation";
import type { Id, Member, Role } from "../api/types";
import type { Needs } from "./context";

export async function setRole(
  app: Pick<Needs, "community" | "report">,
  calls: Calls,
  server: Id,
  { member, role, isGiven }: { member: Member; role: Role; isGiven: boolean },
): Promise<void> {
  const role_ids = isGiven ? [...member.role_ids, role.id] : member.role_ids.filter((id) => id !== role.id);
  try {
    if (isGiven) await calls.giveRole(server, member.user_id, role.id);
    else await calls.takeRole(server, member.user_id, role.id);
    app.community.putMember(server, { ...member, role_ids });
  } catch (error) {
    app.report(error);
  }
}
