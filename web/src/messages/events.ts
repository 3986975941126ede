// How events change messages and unread counts, in channels, conversations and threads.
import type { Id, Message } from "../api/types";
import type { Conversations } from "../conversations/conversations.svelte";
import type { Receipts } from "../conversations/receipts.svelte";
import { isSystemMessage } from "../conversations/systemmessages";
import type { People } from "../people/people.svelte";
import type { Appliers } from "../store/events";
import type { EventName, Frame } from "../sync/frames";
import type { Talk } from "./talk.svelte";
import type { TypingNotices } from "./typing.svelte";
import type { Unread } from "./unread.svelte";

type Name =
  | Extract<EventName, `MESSAGE_${string}` | `REACTION_${string}`>
  | "DM_MESSAGE_CREATE"
  | "EVENT_UPDATE"
  | "POLL_VOTE"
  | "THREAD_MESSAGE_CREATE"
  | "READ_MARK_UPDATE"
  | "TYPING_START";

export interface MessageEventNeeds {
  talk: Talk;
  typing: TypingNotices;
  unread: Unread;
  conversations: Conversations;
  receipts: Receipts;
  people: People;
  me: () => Id | undefined;
}

export function messageEvents(needs: MessageEventNeeds): Appliers<Name> {
  const { talk, typing, unread, conversations, receipts, people, me } = needs;
  const receive = (message: Message) => talk.receive(message);
  return {
    MESSAGE_CREATE(message) {
      receive(message);
      if (message.author_id && !isSystemMessage(message)) typing.ended(message.channel_id, message.author_id);
    },
    DM_MESSAGE_CREATE(message) {
      receive(message);
      conversations.messageReceived(message, me());
      if (!message.author_id || isSystemMessage(message)) return;
      typing.ended(message.channel_id, message.author_id);
      if (message.author_id !== me()) receipts.received(message.channel_id, message.id);
    },
    MESSAGE_UPDATE(message) {
      receive(message);
      conversations.changed(message);
    },
    MESSAGE_DELETE(message) {
      receive({ ...message, deleted: true });
      conversations.changed({ ...message, deleted: true });
      if (!message.thread_id && message.author_id !== me()) unread.deleted(message);
    },
    MESSAGE_PIN: receive,
    MESSAGE_UNPIN: receive,
    THREAD_MESSAGE_CREATE: receive,
    EVENT_UPDATE: receive,
    POLL_VOTE: receive,
    REACTION_ADD: ({ user_id, emoji, ...message }) => talk.reacted(message, user_id, emoji, true),
    REACTION_REMOVE: ({ user_id, emoji, ...message }) => talk.reacted(message, user_id, emoji, false),
    READ_MARK_UPDATE: ({ channel_id, position }) => unread.marked(channel_id, position),
    TYPING_START({ channel_id, user_id }) {
      if (user_id === me()) return;
      people.ensure(user_id);
      typing.started(channel_id, user_id);
    },
  };
}

/** Handles an event that is new to the user: notifications, announcements, counts. */
export function noteNews(talk: Talk, frame: Frame): void {
  if (!frame.place) return;
  if (frame.name === "THREAD_MESSAGE_CREATE") talk.noteReply(frame.data as Message);
  else if (frame.name === "MESSAGE_CREATE" || frame.name === "DM_MESSAGE_CREATE")
    talk.noteNews(frame.data as Message);
}
