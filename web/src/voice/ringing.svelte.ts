// Calls in conversations that ring: the one that rings the user here, and what becomes of the user's own call. The server
// rings everyone alike; this tab decides whether it makes a sound of it.
import { SvelteMap } from "svelte/reactivity";
import type { ConversationCalls } from "../api/people";
import type { Conversation, ConversationCall, Id } from "../api/types";
import type { Conversations } from "../conversations/conversations.svelte";
import type { ConversationNames } from "../conversations/conversationnames";
import type { Friends } from "../friends/friends.svelte";
import type { Names } from "../people/names";
import type { Session } from "../store/session.svelte";
import { text } from "../text/texts";
import type { Toasts } from "../ui/toasts.svelte";
import type { Line } from "./line.svelte";

export interface RingingNeeds {
  api: { conversations: Pick<ConversationCalls, "decline"> };
  session: Session;
  names: Names;
  friends: Friends;
  conversations: Conversations;
  conversationNames: ConversationNames;
  line: Line;
  toasts: Toasts;
  levels: { shows: (place: Id, server: null) => boolean };
  /** Shows a notification, in case the user looks elsewhere. */
  desktop: { ring: (sentence: string, conversation: Id) => void };
}

export class Ringing {
  /** When the last call began that is not to ring here any more, by conversation. */
  private readonly hushed = new SvelteMap<Id, string>();

  /** The conversation with a call that rings the user. */
  readonly incoming = $derived.by(() => this.needs.conversations.all.find((each) => this.isRinging(each)));

  /** The conversation in which this tab calls others, and nobody has answered. */
  readonly outgoing = $derived.by(() => {
    const conversation = this.needs.conversations.of(this.needs.line.call?.channel.id ?? "");
    return isWaiting(conversation?.call) && conversation?.call?.caller_id === this.me
      ? conversation
      : undefined;
  });

  constructor(private readonly needs: RingingNeeds) {}

  answer(conversation: Conversation, hasCamera: boolean): Promise<void> {
    return this.needs.line.join(this.needs.conversationNames.place(conversation), { hasCamera });
  }

  decline({ id }: Conversation): Promise<void> {
    this.hush(id);
    return this.needs.api.conversations.decline(id);
  }

  /** Stops ringing on this device; the user's other devices go on. */
  hush(conversation: Id): void {
    const started = this.needs.conversations.of(conversation)?.call?.started_at;
    if (started) this.hushed.set(conversation, started);
  }

  /** A call has changed, or is over (null). */
  changed(id: Id, call: ConversationCall | null): void {
    const { conversations } = this.needs;
    const conversation = conversations.of(id);
    if (!conversation) return;
    const before = conversation.call;
    const wasRinging = this.incoming?.id === id;
    conversations.called(id, call);
    if (!before && this.incoming?.id === id) this.needs.desktop.ring(this.sentenceOf(conversation, call), id);
    if (wasRinging && before && this.isMissed(call)) this.missed(conversation, before);
    if (before && call) this.tellCaller(conversation, before, call);
  }

  /** Who calls, and where. */
  sentenceOf(conversation: Conversation, call: ConversationCall | null): string {
    const name = this.needs.names.ofPerson(call?.caller_id ?? "");
    const { calling, callingIn } = text.conversations;
    if (conversation.is_direct) return calling({ name });
    return callingIn({ name, conversation: this.needs.conversationNames.of(conversation) });
  }

  private isRinging({ id, call }: Conversation): boolean {
    const { session, friends, line, levels } = this.needs;
    if (!call?.ringing.includes(this.me) || this.hushed.get(id) === call.started_at) return false;
    if (session.user?.status === "dnd" || friends.isBlocked(call.caller_id) || !levels.shows(id, null))
      return false;
    return line.joining !== id && line.call?.channel.id !== id;
  }

  /** Whether a call that rang the user has ended or stopped ringing, and nobody has answered or declined it. */
  private isMissed(call: ConversationCall | null): boolean {
    return !call || !(call.answered_at || [...call.ringing, ...call.declined].includes(this.me));
  }

  private missed(conversation: Conversation, { caller_id }: ConversationCall): void {
    const name = this.needs.names.ofPerson(caller_id ?? "");
    const words = text.conversations;
    const place = this.needs.conversationNames.of(conversation);
    this.needs.toasts.stay(
      conversation.is_direct ? words.missed({ name }) : words.missedIn({ name, conversation: place }),
    );
  }

  /** Says who declined the user's call. Nobody is left to wait for in a direct conversation: it ends. */
  private tellCaller(conversation: Conversation, before: ConversationCall, call: ConversationCall): void {
    const { line, toasts } = this.needs;
    if (call.caller_id !== this.me || line.call?.channel.id !== conversation.id || call.answered_at) return;
    const declined = call.declined.filter((user) => !before.declined.includes(user));
    for (const user of declined)
      toasts.notice(text.conversations.declined({ name: this.needs.names.ofPerson(user) }));
    if (!isWaiting(before) || isWaiting(call)) return;
    if (!declined.length) toasts.notice(text.conversations.noAnswer);
    if (conversation.is_direct) line.leave().catch(toasts.report);
  }

  private get me(): Id {
    return this.needs.session.user?.id ?? "";
  }
}

const isWaiting = (call: ConversationCall | null | undefined): boolean =>
  !!call && !call.answered_at && call.ringing.length > 0;
