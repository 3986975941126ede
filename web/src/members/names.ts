// What a member is called here: their nickname in the server, or the name of their account.
import type { Member } from "../api/types";
import type { Application } from "../store/application.svelte";

export function nameOf(app: Application, member: Member): string {
  return member.nickname ?? app.people.of(member.user_id)?.name ?? member.display_name ?? member.username;
}
