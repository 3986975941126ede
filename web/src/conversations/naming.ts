// A conversation's name, and its other participants.
import type { Conversation, Id, Place, Status } from "../api/types";
import { nameOfPerson } from "../people/names";
import type { People } from "../people/people.svelte";
import type { Session } from "../store/session.svelte";
import { text } from "../text/texts";
import type { Conversations } from "./conversations.svelte";

const NAMED = 3;

interface Needs {
  session: Session;
  people: People;
  conversations: Conversations;
}

export function othersIn(app: Needs, conversation: Conversation): Id[] {
  return conversation.participants.filter((id) => id !== app.session.user?.id);
}

/** The partner's name, the group's own name, or the names of its participants. */
export function nameOf(app: Needs, conversation: Conversation): string {
  if (conversation.is_direct) return partnerName(app, conversation);
  if (conversation.name) return conversation.name;
  const names = othersIn(app, conversation).map((id) => nameOfPerson(app, id));
  if (!names.length) return text.conversations.alone;
  const rest = names.length - NAMED;
  return names.slice(0, NAMED).join(", ") + (rest > 0 ? text.conversations.andMore({ count: rest }) : "");
}

export function placeOf(app: Needs, conversation: Conversation): Place {
  const { id, description } = conversation;
  return { id, server_id: null, name: nameOf(app, conversation), topic: description };
}

/**
 * The partner's presence in a direct conversation; someone who blocked you and someone who deleted their account look
 * the same.
 */
export function statusIn(app: Needs, conversation: Conversation): Status | null {
  const partner = app.conversations.partner(conversation);
  return partner ? (app.people.of(partner)?.status ?? "offline") : null;
}

function partnerName(app: Needs, conversation: Conversation): string {
  const partner = app.conversations.partner(conversation);
  const known = partner && app.people.of(partner)?.name;
  return known || (conversation.other_username ?? text.members.unknown);
}
