// How events change conversations and their participants. Messages in them are in messages/events.ts.
import type { Id } from "../api/types";
import type { Appliers } from "../store/events";
import type { Route } from "../store/route.svelte";
import type { EventName } from "../sync/frames";
import { text } from "../text/texts";
import type { Toasts } from "../ui/toasts.svelte";
import type { Conversations } from "./conversations.svelte";
import type { Receipts } from "./receipts.svelte";

type Name = Extract<
  EventName,
  "DM_CHANNEL_CREATE" | `CONVERSATION_${string}` | `PARTICIPANT_${string}` | `RECEIPT_${string}`
>;

export interface ConversationEventNeeds {
  conversations: Conversations;
  receipts: Receipts;
  route: Route;
  toasts: Toasts;
  /** The user is no longer a participant. */
  gone: (conversation: Id) => void;
}

export function conversationEvents(needs: ConversationEventNeeds): Appliers<Name> {
  const { conversations, receipts, route, toasts, gone } = needs;
  return {
    DM_CHANNEL_CREATE: (conversation) => conversations.put(conversation),
    CONVERSATION_UPDATE: (lasting) => conversations.update(lasting),
    CONVERSATION_STATE_UPDATE: ({ id, hidden_position }) => conversations.viewed(id, hidden_position),
    /** The user left, here or elsewhere, or was removed by another participant. */
    CONVERSATION_LEAVE({ id }) {
      const isOpen = route.conversation === id && conversations.of(id);
      conversations.remove(id);
      gone(id);
      if (!isOpen) return;
      route.home();
      toasts.notice(text.conversations.gone);
    },
    PARTICIPANT_ADD: (person, conversation) => conversations.joined(conversation, person),
    PARTICIPANT_UPDATE: (person, conversation) => conversations.joined(conversation, person),
    PARTICIPANT_REMOVE: ({ user_id }, conversation) => conversations.participantLeft(conversation, user_id),
    RECEIPT_UPDATE: (receipt, conversation) => receipts.put(conversation, receipt),
  };
}
