// Conversations, as in READY and as changed by later events. The newest message follows the messages themselves, so it
// is right without another request.
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import { Failure } from "../api/failure";
import type { ConversationCalls } from "../api/people";
import type {
  Conversation,
  ConversationCall,
  ConversationChange,
  ConversationCreation,
  Id,
  Lasting,
  Message,
  Participant,
} from "../api/types";
import { isNewTo, isSystemMessage, lastSystemMessage } from "./systemmessages";
import type { People } from "../people/people.svelte";

/** The same error for blocks and for privacy settings, so that it reveals neither. */
const CANNOT_MESSAGE = "cannot_message";

/** The author id of messages by deleted accounts, in the messenger's format. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

export class Conversations {
  private readonly held = new SvelteMap<Id, Conversation>();

  /** Direct conversations in which the server refused a message, until there is a reason to try again. */
  readonly closed = new SvelteSet<Id>();

  /** Newest activity first. */
  all = $derived(
    [...this.held.values()].sort((a, b) => b.last_message_time.localeCompare(a.last_message_time)),
  );
  shown = $derived(this.all.filter((each) => !each.is_hidden));

  constructor(
    private readonly calls: ConversationCalls,
    private readonly people: People,
  ) {}

  of(id: Id): Conversation | undefined {
    return this.held.get(id);
  }

  /** The partner in a direct conversation, unless their account was deleted. */
  partner(conversation: Conversation): Id | undefined {
    return conversation.is_direct ? conversation.recipient?.id : undefined;
  }

  /** As far as is known here, this user can be written to again. */
  allow(user: Id): void {
    const conversation = this.with(user);
    if (conversation) this.closed.delete(conversation.id);
  }

  with(user: Id): Conversation | undefined {
    return this.all.find((each) => this.partner(each) === user);
  }

  adopt(conversations: Conversation[]): void {
    const kept = new Set(conversations.map(({ id }) => id));
    for (const id of [...this.held.keys()]) if (!kept.has(id)) this.held.delete(id);
    for (const conversation of conversations) this.put(conversation);
    this.closed.clear();
  }

  put(conversation: Conversation): void {
    for (const person of conversation.people) this.people.fromParticipant(person);
    if (conversation.recipient) this.people.fromProfile(conversation.recipient);
    this.held.set(conversation.id, conversation);
  }

  remove(id: Id): void {
    this.held.delete(id);
    this.closed.delete(id);
  }

  update(lasting: Lasting): void {
    this.change(lasting.id, () => lasting);
  }

  joined(id: Id, person: Participant): void {
    this.people.fromParticipant(person);
    this.change(id, ({ people }) => {
      const others = people.filter(({ user_id }) => user_id !== person.user_id);
      const all = [...others, person].sort((a, b) => a.joined_at.localeCompare(b.joined_at));
      return { people: all, participants: all.map(({ user_id }) => user_id) };
    });
  }

  participantLeft(id: Id, user: Id): void {
    this.change(id, ({ people }) => {
      const rest = people.filter(({ user_id }) => user_id !== user);
      return { people: rest, participants: rest.map(({ user_id }) => user_id) };
    });
  }

  /** The call in it has changed; null: it is over. */
  called(id: Id, call: ConversationCall | null): void {
    this.change(id, () => ({ call }));
  }

  /** The user's own settings for it: whether it is hidden, and up to which position. */
  viewed(id: Id, hidden_position: number | null): void {
    this.change(id, ({ last_seq }) => ({ hidden_position, is_hidden: isHidden(hidden_position, last_seq) }));
    const { is_hidden, last_message = null } = this.held.get(id) ?? {};
    // Only the server knows whether there are messages before the last system message.
    if (hidden_position !== null && !is_hidden && last_message && lastSystemMessage(last_message))
      this.refetch(id);
  }

  /** A message arrived: a hidden conversation is listed again. Of system messages, only a missed call does that. */
  messageReceived(message: Message, me?: Id): void {
    const isShowing = !isSystemMessage(message) || isNewTo(me, message);
    this.closed.delete(message.channel_id);
    this.change(message.channel_id, ({ last_seq, hidden_position, is_hidden }) =>
      message.seq <= last_seq
        ? {}
        : {
            ...shownOf(message),
            last_message_time: message.created_at,
            last_message_at: message.created_at,
            last_seq: message.seq,
            is_hidden: isShowing ? isHidden(hidden_position, message.seq) : is_hidden,
          },
    );
  }

  /** The newest message was edited; or it was deleted, and only the server knows which is the newest now. */
  changed(message: Message): void {
    const conversation = this.held.get(message.channel_id);
    if (conversation?.last_message?.id !== message.id) return;
    if (message.deleted) this.refetch(message.channel_id);
    else this.change(message.channel_id, () => shownOf(message));
  }

  /** The server refused the user's message. */
  refused(place: Id, error: unknown): void {
    const isClosed = error instanceof Failure && error.code === CANNOT_MESSAGE;
    if (isClosed && this.held.get(place)?.is_direct) this.closed.add(place);
  }

  /** Fetches the conversation's state. If that fails, the next READY contains it. */
  refetch(id: Id): void {
    this.learn(id).catch(() => undefined);
  }

  async learn(id: Id): Promise<void> {
    this.put(await this.calls.get(id));
  }

  /** The direct conversation with a user, created if necessary. */
  async direct(user: Id): Promise<Id> {
    const known = this.with(user);
    return known ? this.reopen(known) : this.create({ participant_ids: [user] });
  }

  async create(draft: ConversationCreation): Promise<Id> {
    const conversation = await this.calls.create(draft);
    this.put(conversation);
    return conversation.is_hidden ? this.reopen(conversation) : conversation.id;
  }

  async edit(id: Id, change: ConversationChange): Promise<void> {
    this.put(await this.calls.change(id, change));
  }

  add = (id: Id, user: Id): Promise<unknown> => this.calls.add(id, user);

  async takeOut(id: Id, user: Id): Promise<void> {
    await this.calls.remove(id, user);
    this.participantLeft(id, user);
  }

  async leave(id: Id, me: Id): Promise<void> {
    await this.calls.remove(id, me);
    this.remove(id);
  }

  async hide(id: Id): Promise<void> {
    this.viewed(id, this.held.get(id)?.last_seq ?? 0);
    await this.calls.hide(id);
  }

  clear(): void {
    this.held.clear();
    this.closed.clear();
  }

  private async reopen({ id, is_hidden }: Conversation): Promise<Id> {
    if (is_hidden) {
      this.viewed(id, null);
      await this.calls.show(id);
    }
    return id;
  }

  private change(id: Id, to: (held: Conversation) => Partial<Conversation>): void {
    const held = this.held.get(id);
    if (held) this.held.set(id, { ...held, ...to(held) });
  }
}

const isHidden = (position: number | null, newest: number): boolean =>
  position !== null && newest <= position;

function shownOf(message: Message): Partial<Conversation> {
  const { id, author_id, content, created_at, type, type_details } = message;
  const message_type = { type, ...type_details };
  const sender_id = author_id ?? NOBODY;
  return { last_message: { id, sender_id, content, timestamp: created_at, message_type } };
}
