// The frames of the gateway. A durable frame names its topic, its position and the one before it.
import type {
  Block,
  Channel,
  Contact,
  Conversation,
  FriendRequest,
  Id,
  Lasting,
  Member,
  Message,
  NotificationLevel,
  Override,
  Participant,
  Privacy,
  Profile,
  Receipt,
  Role,
  Server,
  Status,
  UnreadCount,
  User,
} from "../api/types";

export interface Ready {
  user: User;
  servers: Server[];
  session_id?: string;
  epoch?: string;
  positions?: Record<Id, number>;
  unread_counts?: UnreadCount[];
  notification_levels?: NotificationLevel[];
  server_roles?: Record<Id, Role[]>;
  channel_overrides?: Record<Id, Override[]>;
  conversations?: Conversation[];
  contacts?: Contact[];
  friend_requests?: FriendRequest[];
  blocks?: Block[];
  privacy?: Privacy | null;
}

/** How a moderator ended a membership. */
export interface Departure {
  departure: "MEMBER_KICK" | "MEMBER_BAN";
  reason: string | null;
}

interface SentAway {
  server_id: Id;
  user_id: Id;
  reason: string | null;
}

type MemberOf = Member & { server_id: Id };

export interface Presence {
  user_id: Id;
  status: Status;
  custom_status: string | null;
  activity: string | null;
}

export interface PresenceReset {
  server_id: Id | null;
  spread_seconds: number;
}

export interface Typing {
  user_id: Id;
  username: string | null;
  channel_id: Id;
  timestamp: string;
}

/** The message as it is now, with who reacted and how. */
export type Reacted = Message & { user_id: Id; emoji: string };

/** Those that several rooms apply. Each room adds its own. */
export interface Events {
  READY: Ready;
  MESSAGE_CREATE: Message;
  MESSAGE_UPDATE: Message;
  MESSAGE_DELETE: Message;
  MESSAGE_PIN: Message;
  MESSAGE_UNPIN: Message;
  THREAD_MESSAGE_CREATE: Message;
  REACTION_ADD: Reacted;
  REACTION_REMOVE: Reacted;
  NOTIFICATION_LEVEL_UPDATE: NotificationLevel;
  NOTIFICATION_LEVEL_DELETE: { place_id: Id };
  READ_MARK_UPDATE: { channel_id: Id; position: number };
  TOPIC_RESET: null;
  TOPIC_GONE: { topics: Id[] };
  CHANNEL_CREATE: Channel;
  CHANNEL_UPDATE: Channel;
  CHANNEL_DELETE: { id: Id; server_id: Id };
  SERVER_CREATE: { id: Id; joined_at: string };
  SERVER_UPDATE: Server;
  SERVER_DELETE: { id: Id } & Partial<Departure>;
  MEMBER_JOIN: Member & { server_id: Id };
  MEMBER_UPDATE: Member & { server_id: Id };
  MEMBER_ROLE_ADD: MemberOf;
  MEMBER_ROLE_REMOVE: MemberOf;
  MEMBER_TIMEOUT: MemberOf;
  MEMBER_TIMEOUT_REMOVE: MemberOf;
  MEMBER_KICK: SentAway;
  MEMBER_BAN: SentAway;
  MEMBER_UNBAN: { server_id: Id; user_id: Id };
  ROLE_CREATE: Role;
  ROLE_UPDATE: Role;
  ROLE_DELETE: { server_id: Id; role_id: Id };
  CHANNEL_OVERRIDE_UPDATE: Override;
  CHANNEL_OVERRIDE_DELETE: { channel_id: Id; override_id: Id };
  MEMBER_LEAVE: { server_id: Id; user_id: Id };
  USER_UPDATE: Profile | User | (Member & { id: Id; server_id: Id });
  TYPING_START: Typing;
  PRESENCE_UPDATE: Presence;
  PRESENCE_RESET: PresenceReset;
  DM_MESSAGE_CREATE: Message;
  DM_CHANNEL_CREATE: Conversation;
  CONVERSATION_UPDATE: Lasting;
  CONVERSATION_STATE_UPDATE: { id: Id; hidden_position: number | null };
  CONVERSATION_LEAVE: { id: Id };
  PARTICIPANT_ADD: Participant;
  PARTICIPANT_UPDATE: Participant;
  PARTICIPANT_REMOVE: { user_id: Id };
  RECEIPT_UPDATE: Receipt & { conversation_id: Id };
  CONTACT_CREATE: Contact;
  CONTACT_UPDATE: Contact;
  CONTACT_DELETE: { user_id: Id };
  FRIEND_REQUEST_CREATE: FriendRequest;
  FRIEND_REQUEST_UPDATE: FriendRequest;
  FRIEND_REQUEST_DELETE: { id: Id };
  BLOCK_CREATE: Block;
  BLOCK_DELETE: { user_id: Id };
  PRIVACY_UPDATE: Privacy;
}

export type EventName = keyof Events;

export interface Place {
  topic: Id;
  position: number;
  previous: number | null;
}

export interface Frame<Name extends EventName = EventName> {
  name: Name;
  data: Events[Name];
  place: Place | null;
  /** The positions from which the topics that this event opens are followed. */
  positions: Record<Id, number>;
}

interface RawFrame {
  op: string;
  t?: string | null;
  d?: unknown;
  topic?: string;
  position?: number;
  previous?: number;
  positions?: Record<Id, number>;
}

export type Received = { kind: "event"; frame: Frame } | { kind: "acknowledged" } | { kind: "unknown" };

export function read(raw: string): Received {
  const frame = JSON.parse(raw) as RawFrame;
  if (frame.op === "HEARTBEAT_ACK") return { kind: "acknowledged" };
  if (frame.op !== "DISPATCH" || !frame.t) return { kind: "unknown" };
  const name = frame.t as EventName;
  const data = frame.d as Events[EventName];
  return { kind: "event", frame: { name, data, place: placeOf(frame), positions: frame.positions ?? {} } };
}

function placeOf(frame: RawFrame): Place | null {
  if (frame.topic === undefined || frame.position === undefined) return null;
  return { topic: frame.topic, position: frame.position, previous: frame.previous ?? null };
}
