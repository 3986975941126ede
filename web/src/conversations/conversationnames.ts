// A conversation's name, and its other participants.
import type { Conversation, Id, Place, Status } from "../api/types";
import type { People } from "../people/people.svelte";
import type { Session } from "../store/session.svelte";
import { text } from "../text/texts";
import type { Conversations } from "./conversations.svelte";

const NAMED = 3;

export class ConversationNames {
  constructor(
    private readonly session: Session,
    private readonly people: People,
    private readonly conversations: Conversations,
  ) {}

  others({ participants }: Conversation): Id[] {
    return participants.filter((id) => id !== this.session.user?.id);
  }

  /** The partner's name, the group's own name, or the names of its participants. */
  of(conversation: Conversation): string {
    if (conversation.is_direct) return this.ofPartner(conversation);
    if (conversation.name) return conversation.name;
    const names = this.others(conversation).map((id) => this.people.of(id)?.name ?? text.members.unknown);
    if (!names.length) return text.conversations.alone;
    const rest = names.length - NAMED;
    return names.slice(0, NAMED).join(", ") + (rest > 0 ? text.conversations.andMore({ count: rest }) : "");
  }

  place(conversation: Conversation): Place {
    const { id, description } = conversation;
    return { id, server_id: null, name: this.of(conversation), topic: description };
  }

  /**
   * The partner's presence in a direct conversation; someone who blocked you and someone who deleted their account look
   * the same.
   */
  status(conversation: Conversation): Status | null {
    const partner = this.conversations.partner(conversation);
    return partner ? (this.people.of(partner)?.status ?? "offline") : null;
  }

  private ofPartner(conversation: Conversation): string {
    const partner = this.conversations.partner(conversation);
    const known = partner && this.people.of(partner)?.name;
    return known || (conversation.other_username ?? text.members.unknown);
  }
}
