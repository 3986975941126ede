// Through which pictures one leafs: those of the messages at hand in the same channel or thread, in their order.
import type { Attachment, Message } from "../api/types";
import type { Application } from "../store/application.svelte";
import { isPicture } from "./measure";
import { isSpoiler } from "./spoilers";

/** What is hidden is left out, unless it is the one that was asked for. */
export function picturesAround(app: Application, message: Message, asked: Attachment): Attachment[] {
  return messagesAround(app, message)
    .filter(({ author_id, channel_id }) => !app.isFolded(author_id, { id: channel_id }))
    .flatMap(({ attachments }) => attachments ?? [])
    .filter((each) => isPicture(each) && (each.id === asked.id || !isSpoiler(each.filename)));
}

function messagesAround(app: Application, message: Message): Message[] {
  const thread = app.threads.current;
  const isReply = message.thread_id && message.thread_id === thread?.root.id;
  const timeline = (isReply ? thread : app.histories.held(message.channel_id))?.timeline;
  return timeline?.find(message.id) ? timeline.messages : [message];
}
