// What the events about people do to the stores: friends, requests, blocks, privacy, conversations and who is in them.
import type { Id, VoiceState } from "../api/types";
import { nameOf } from "../conversations/naming";
import type { EventName, Ready } from "../sync/frames";
import { isHappening } from "../messages/happenings";
import { text } from "../text/texts";
import type { Application } from "./application.svelte";
import type { Applier } from "./events";

type Company = Extract<
  EventName,
  | `DM_${string}`
  | `CONVERSATION_${string}`
  | `PARTICIPANT_${string}`
  | `RECEIPT_${string}`
  | `CONTACT_${string}`
  | `FRIEND_${string}`
  | `BLOCK_${string}`
  | `PRIVACY_${string}`
>;

export const appliers: { [Name in Company]: Applier<Name> } = {
  DM_MESSAGE_CREATE(app, message) {
    app.receive(message);
    app.conversations.said(message);
    if (!message.author_id || isHappening(message)) return;
    app.typing.ended(message.channel_id, message.author_id);
    if (message.author_id !== app.user?.id) app.receipts.received(message.channel_id, message.id);
  },
  DM_CHANNEL_CREATE(app, conversation) {
    app.conversations.put(conversation);
  },
  CONVERSATION_UPDATE: (app, lasting) => app.conversations.update(lasting),
  CONVERSATION_STATE_UPDATE: (app, { id, hidden_position }) => app.conversations.viewed(id, hidden_position),
  CONVERSATION_LEAVE: (app, { id }) => leave(app, id),
  PARTICIPANT_ADD: (app, person, conversation) => app.conversations.joined(conversation, person),
  PARTICIPANT_UPDATE: (app, person, conversation) => app.conversations.joined(conversation, person),
  PARTICIPANT_REMOVE: (app, { user_id }, conversation) => app.conversations.parted(conversation, user_id),
  RECEIPT_UPDATE: (app, receipt, conversation) => app.receipts.put(conversation, receipt),
  CONTACT_CREATE(app, contact) {
    app.friends.putContact(contact);
    const conversation = app.conversations.with(contact.contact_user_id);
    if (conversation) app.conversations.closed.delete(conversation.id);
  },
  CONTACT_UPDATE: (app, contact) => app.friends.putContact(contact),
  CONTACT_DELETE: (app, { user_id }) => app.friends.dropContact(user_id),
  FRIEND_REQUEST_CREATE: (app, request) => app.friends.putRequest(request),
  FRIEND_REQUEST_UPDATE: (app, request) => app.friends.putRequest(request),
  FRIEND_REQUEST_DELETE: (app, { id }) => app.friends.dropRequest(id),
  BLOCK_CREATE: (app, block) => app.friends.putBlock(block),
  BLOCK_DELETE: (app, { user_id }) => app.friends.dropBlock(user_id),
  PRIVACY_UPDATE: (app, privacy) => (app.friends.privacy = privacy),
};

export function ready(app: Application, data: Ready): void {
  const { conversations = [], contacts = [], friend_requests = [], blocks = [], privacy = null } = data;
  app.friends.adopt({ contacts, friend_requests, blocks, privacy });
  app.conversations.adopt(conversations);
  app.receipts.markStale();
  for (const { id, last_message } of conversations)
    if (app.unread.has(id) && last_message) app.receipts.received(id, last_message.id);
}

/** Somebody began a call in a conversation: said once, to who does not look at it. */
export function called(app: Application, { channel_id, user_id, username }: VoiceState): void {
  const conversation = channel_id === null ? undefined : app.conversations.of(channel_id);
  if (!conversation || user_id === app.user?.id || app.friends.isBlocked(user_id)) return;
  if (app.route.conversation === conversation.id || app.voices.in(conversation.id).length > 1) return;
  const place = nameOf(app, conversation);
  const { calling, callingIn } = text.conversations;
  app.toasts.stay(
    place === username ? calling({ name: username }) : callingIn({ name: username, conversation: place }),
  );
}

/** Something of this topic was missed. */
export function relearn(app: Application, topic: Id): void {
  if (topic === app.user?.id) app.friends.relearn().catch(app.report);
  if (!app.conversations.of(topic)) return;
  app.receipts.markStale();
  app.conversations.relearn(topic);
}

/** I am no longer in it: by my own deed, which I know of, or by another's. */
function leave(app: Application, id: Id): void {
  const isOpen = app.route.conversation === id && app.conversations.of(id);
  app.conversations.remove(id);
  app.histories.forget(id);
  app.keeping.forget(id);
  app.unread.forget(id);
  app.voices.forget((state) => state.channel_id === id);
  if (app.line.call?.channel.id === id) app.line.drop();
  if (!isOpen) return;
  app.route.home();
  app.toasts.notice(text.conversations.gone);
}
