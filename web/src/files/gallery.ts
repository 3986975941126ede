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

interface OpenThread {
  readonly current: { readonly root: Message; readonly timeline: Window } | null;
}

interface HeldHistories {
  held: (channel: Id) => { readonly timeline: Window } | undefined;
}

export class Gallery {
  constructor(
    private readonly access: Access,
    private readonly threads: OpenThread,
    private readonly histories: HeldHistories,
  ) {}

  /** Leaves out folded messages, and spoilers other than the picture that was asked for. */
  around(message: Message, asked: Attachment): Attachment[] {
    return this.messagesAround(message)
      .filter(({ author_id, channel_id }) => !this.access.isCollapsed(author_id, { id: channel_id }))
      .flatMap(({ attachments }) => attachments ?? [])
      .filter((each) => isPicture(each) && (each.id === asked.id || !isSpoiler(each.filename)));
  }

  private messagesAround(message: Message): Message[] {
    const thread = this.threads.current;
    const isReply = message.thread_id && message.thread_id === thread?.root.id;
    const timeline = (isReply ? thread : this.histories.held(message.channel_id))?.timeline;
    return timeline?.find(message.id) ? timeline.messages : [message];
  }
}
