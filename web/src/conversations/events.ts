// How events change conversations and their participants, and which messages in them are the newest.
import type { Id } from "../api/types";
import type { Appliers } from "../store/events";
import type { Route } from "../store/route.svelte";
import type { Session } from "../store/session.svelte";
import type { EventName } from "../sync/frames";
import { text } from "../text/texts";
import type { Toasts } from "../ui/toasts.svelte";
import type { Conversations } from "./conversations.svelte";
import type { Receipts } from "./receipts.svelte";
import { isSystemMessage } from "./systemmessages";

type Name =
  | Extract<
      EventName,
      `DM_${string}` | `CONVERSATION_${string}` | `PARTICIPANT_${string}` | `RECEIPT_${string}`
    >
  | "READY"
  | "MESSAGE_UPDATE"
  | "MESSAGE_DELETE";

export interface ConversationEventNeeds {
  conversations: Conversations;
  receipts: Receipts;
  session: Session;
  route: Route;
  toasts: Toasts;
  /** What is unread. */
  unread: { has: (conversation: Id) => boolean };
  features: { forget: (conversation: Id) => void };
}

export function conversationEvents(needs: ConversationEventNeeds): Appliers<Name> {
  const { conversations, receipts, session, route, toasts, unread } = needs;
  return {
    READY({ conversations: all = [] }) {
      conversations.adopt(all);
      receipts.markStale();
      for (const { id, last_message } of all)
        if (unread.has(id) && last_message) receipts.received(id, last_message.id);
    },
    DM_MESSAGE_CREATE(message) {
      const me = session.user?.id;
      const { id, channel_id, author_id } = message;
      conversations.messageReceived(message, me);
      if (author_id && author_id !== me && !isSystemMessage(message)) receipts.received(channel_id, id);
    },
    MESSAGE_UPDATE: (message) => conversations.changed(message),
    MESSAGE_DELETE: (message) => conversations.changed({ ...message, deleted: true }),
    DM_CHANNEL_CREATE: (conversation) => conversations.put(conversation),
    CONVERSATION_UPDATE: (lasting) => conversations.update(lasting),
    CONVERSATION_STATE_UPDATE: ({ id, hidden_position }) => conversations.viewed(id, hidden_position),
    /** The user left, here or elsewhere, or was removed by another participant. */
    CONVERSATION_LEAVE({ id }) {
      const isOpen = route.conversation === id && conversations.of(id);
      conversations.remove(id);
      needs.features.forget(id);
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
