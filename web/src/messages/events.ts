// How events change messages and unread counts, in channels, conversations and threads.
import type { Message } from "../api/types";
import { isSystemMessage } from "../conversations/systemmessages";
import type { People } from "../people/people.svelte";
import type { Appliers } from "../store/events";
import type { Session } from "../store/session.svelte";
import type { EventName, Frame } from "../sync/frames";
import type { Talk } from "./talk.svelte";
import type { TypingNotices } from "./typing.svelte";
import type { Unread } from "./unread.svelte";

type Name =
  | Extract<EventName, `MESSAGE_${string}` | `REACTION_${string}`>
  | "READY"
  | "DM_MESSAGE_CREATE"
  | "THREAD_MESSAGE_CREATE"
  | "READ_MARK_UPDATE"
  | "TYPING_START";

export interface MessageEventNeeds {
  talk: Talk;
  typing: TypingNotices;
  unread: Unread;
  people: People;
  session: Session;
}

export function messageEvents(needs: MessageEventNeeds): Appliers<Name> {
  const { talk, typing, unread, people } = needs;
  const me = () => needs.session.user?.id;
  const receive = (message: Message) => talk.receive(message);
  const arrive = (message: Message) => {
    receive(message);
    if (message.author_id && !isSystemMessage(message)) typing.ended(message.channel_id, message.author_id);
  };
  return {
    READY: ({ unread_counts = [] }) => unread.adopt(unread_counts),
    MESSAGE_CREATE: arrive,
    DM_MESSAGE_CREATE: arrive,
    MESSAGE_UPDATE: receive,
    MESSAGE_DELETE(message) {
      receive({ ...message, deleted: true });
      if (!message.thread_id && message.author_id !== me()) unread.deleted(message);
    },
    MESSAGE_PIN: receive,
    MESSAGE_UNPIN: receive,
    THREAD_MESSAGE_CREATE: receive,
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
