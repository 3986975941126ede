// Whether a message mentions the user. `mentioning.ts`, which looks at its words, loads with the messages.
import type { Message } from "../api/types";
import type { Community } from "../community/community.svelte";
import type { Session } from "../store/session.svelte";

interface Needs {
  session: Session;
  community: Community;
}

export function mentionsMe(needs: Needs, message: Message | null, server: string): boolean {
  const me = needs.session.user?.id ?? "";
  if (!message || message.author_id === me) return false;
  if (message.mention_everyone || message.mention_here || message.mention_user_ids?.includes(me)) return true;
  if (!message.mention_role_ids?.length) return false;
  const roles = needs.community.member(server, me)?.roles ?? [];
  return roles.some((role) => message.mention_role_ids!.includes(role.id));
}
