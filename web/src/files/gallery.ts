// The pictures that the viewer steps through: those of the loaded messages in the same channel or thread, in order.
import type { Attachment, Id, Message } from "../api/types";
import type { Access } from "../community/access";
import { isPicture } from "./sizes";
import { isSpoiler } from "./spoilers";

/** The loaded messages of a timeline. */
interface Window {
  readonly messages: Message[];
  find: (message: Id) => Message | undefined;
}

export interface OpenThread {
  readonly current: { readonly root: Message; readonly timeline: Window } | null;
}

export interface HeldHistories {
  held: (channel: Id) => { readonly timeline: Window } | undefined;
}

interface Needs {
  access: Access;
  threads: OpenThread;
  histories: HeldHistories;
}

/** Leaves out folded messages, and spoilers other than the picture that was asked for. */
export function picturesAround(app: Needs, message: Message, asked: Attachment): Attachment[] {
  return messagesAround(app, message)
    .filter(({ author_id, channel_id }) => !app.access.isCollapsed(author_id, { id: channel_id }))
    .flatMap(({ attachments }) => attachments ?? [])
    .filter((each) => isPicture(each) && (each.id === asked.id || !isSpoiler(each.filename)));
}

function messagesAround(app: Needs, message: Message): Message[] {
  const thread = app.threads.current;
  const isReply = message.thread_id && message.thread_id === thread?.root.id;
  const timeline = (isReply ? thread : app.histories.held(message.channel_id))?.timeline;
  return timeline?.find(message.id) ? timeline.messages : [message];
}
