// The frames of the gateway. A durable frame names its topic, its position and the one before it.
import type { Channel, Id, Member, Message, Profile, Server, Status, User, VoiceState } from "../api/types";
import type { ReceivedSignal } from "../lib/voice/signal";

export interface Ready {
  user: User;
  servers: Server[];
  session_id?: string;
  positions?: Record<Id, number>;
}

export interface Presence {
  user_id: Id;
  status: Status;
  custom_status: string | null;
  activity: string | null;
}

export interface Typing {
  user_id: Id;
  username: string | null;
  channel_id: Id;
  timestamp: string;
}

export interface Events {
  READY: Ready;
  MESSAGE_CREATE: Message;
  MESSAGE_UPDATE: Message;
  MESSAGE_DELETE: Message;
  MESSAGE_PIN: Message;
  MESSAGE_UNPIN: Message;
  REACTION_ADD: Message;
  REACTION_REMOVE: Message;
  TOPIC_RESET: null;
  CHANNEL_CREATE: Channel;
  CHANNEL_UPDATE: Channel;
  CHANNEL_DELETE: { id: Id; server_id: Id };
  SERVER_CREATE: { id: Id; joined_at: string };
  SERVER_UPDATE: Server;
  SERVER_DELETE: { id: Id };
  MEMBER_JOIN: Member & { server_id: Id };
  MEMBER_UPDATE: Member & { server_id: Id };
  MEMBER_LEAVE: { server_id: Id; user_id: Id };
  USER_UPDATE: Profile | User | (Member & { id: Id; server_id: Id });
  TYPING_START: Typing;
  PRESENCE_UPDATE: Presence;
  VOICE_STATE_UPDATE: VoiceState;
  VOICE_SIGNAL: ReceivedSignal;
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
  /** From where the topics that this event opens are followed. */
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
