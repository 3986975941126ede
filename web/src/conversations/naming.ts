// What a conversation is called, and who is in it besides me.
import type { Conversation, Id, Place, Status } from "../api/types";
import type { Application } from "../store/application.svelte";
import { text } from "../text/texts";

const NAMED = 3;

export function othersIn(app: Application, conversation: Conversation): Id[] {
  return conversation.participants.filter((id) => id !== app.user?.id);
}

/** A person's name, the group's own, or the names of who is in it. */
export function nameOf(app: Application, conversation: Conversation): string {
  if (conversation.is_direct) return partnerName(app, conversation);
  if (conversation.name) return conversation.name;
  const names = othersIn(app, conversation).map((id) => nameOfPerson(app, id));
  if (!names.length) return text.conversations.alone;
  const rest = names.length - NAMED;
  return names.slice(0, NAMED).join(", ") + (rest > 0 ? text.conversations.andMore({ count: rest }) : "");
}

export function nameOfPerson(app: Application, id: Id): string {
  return app.people.of(id)?.name ?? text.members.unknown;
}

export function placeOf(app: Application, conversation: Conversation): Place {
  const { id, description } = conversation;
  return { id, server_id: null, name: nameOf(app, conversation), topic: description };
}

/** How the other one of a direct conversation appears; nothing of who blocked me or is gone can be told apart. */
export function statusIn(app: Application, conversation: Conversation): Status | null {
  const partner = app.conversations.partner(conversation);
  return partner ? (app.people.of(partner)?.status ?? "offline") : null;
}

function partnerName(app: Application, conversation: Conversation): string {
  const partner = app.conversations.partner(conversation);
  const known = partner && app.people.of(partner)?.name;
  return known || (conversation.other_username ?? text.members.unknown);
}
