// The records on the wire, under short names. All but the last come from the server's API document (`npm run types`).
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Id = string;
export type User = Schemas["User"];
export type Profile = Schemas["PublicProfile"];
export type Channel = Schemas["Channel"];
export type Message = Schemas["Message"];
/** What is known of a message while the user writes a reply to it. */
export type Answered = Pick<Message, "id" | "author_id">;
export type UnreadCount = Schemas["UnreadCount"];
export type NotificationLevel = Schemas["NotificationLevel"];
export type InboxItem = Schemas["InboxItem"];
export type MessageEdit = Schemas["MessageEdit"];
export type Attachment = Schemas["Attachment"];
export type Role = Schemas["Role"];
export type RoleCreation = Schemas["RoleCreation"];
export type RoleChange = Schemas["RoleChange"];
export type Override = Schemas["Override"];
export type OverrideSetting = Schemas["OverrideSetting"];
export type AuditEntry = Schemas["AuditLog"];
export type CustomEmoji = Schemas["CustomEmoji"];
export type SearchResult = Schemas["SearchResult"];
export type Invite = Schemas["ServerInvite"];
export type InviteCreation = Schemas["InviteCreation"];
export type InvitePreview = Schemas["InvitePreview"];
export type Reactor = Schemas["Reactor"];
export type Ban = Schemas["ListedBan"];
export type NamedUser = Schemas["NamedUser"];
export type TimeoutOrder = Schemas["TimeoutOrder"];
export type ServerTemplate = Schemas["ServerTemplate"];
export type SecurityEvent = Schemas["SecurityEntry"];
export type LoginSession = Schemas["Session"];
export type IceServers = Schemas["IceServers"];
export type UsageReport = Schemas["UsageReport"];
export type ResetToken = Schemas["ResetToken"];
export type VoiceModeration = Schemas["VoiceModeration"];
export type Login = Schemas["Login"];
export type Credentials = Omit<Schemas["Credentials"], "cookies" | "lasting">;
export type Registration = Omit<Schemas["Registration"], "cookies" | "lasting">;
export type RegistrationMode = Schemas["RegistrationMode"];
export type Status = User["status"];
export type ChannelType = Channel["type"];
export type ChannelCreation = Schemas["ChannelCreation"];
export type ChannelChange = Schemas["ChannelChange"];
export type ServerCreation = Schemas["ServerCreation"];
export type ServerChange = Schemas["ServerChange"];
export type LinkPreview = Schemas["LinkPreview"];
export type ProfileChange = Schemas["ProfileChange"];
export type VoiceState = Schemas["VoiceState"];
export type OwnVoiceChange = Schemas["OwnVoiceChange"];
export type Participant = Schemas["Participant"];
export type ConversationCreation = Schemas["ConversationCreation"];
export type ConversationChange = Schemas["ConversationChange"];
export type Receipt = Schemas["ReceiptState"];
export type FriendRequest = Schemas["FriendRequest"];
export type FriendRequestOrder = Schemas["RequestCreation"];
export type Privacy = Schemas["Privacy"];
export type PrivacyChange = Schemas["PrivacyChange"];
export type Audience = Privacy["friend_requests_from"];

type Counted = Schemas["CountedServer"];
type Present = Schemas["PresentMember"];
type Transient = "status" | "custom_status" | "activity";

/** Events do not contain the member count; only REST does. */
export type Server = Omit<Counted, "member_count"> & Partial<Pick<Counted, "member_count">>;

/** Events contain what is stored; only REST says how a member appears now. */
export type Member = Omit<Present, Transient> & Partial<Pick<Present, Transient>>;

/** What is shown of a conversation's newest message. */
export type LastMessage = Pick<Schemas["ChatMessage"], "id" | "sender_id" | "content" | "timestamp"> &
  Partial<Pick<Schemas["ChatMessage"], "message_type">>; // earlier versions did not store one

export type Conversation = Omit<Schemas["Conversation"], "last_message"> & {
  last_message: LastMessage | null;
};

/** What is stored of a conversation, the same for every participant. */
export type Lasting = Pick<
  Conversation,
  "id" | "is_direct" | "name" | "description" | "owner_id" | "created_at"
>;

type Appearing = "last_seen" | "is_online";

/** What is stored of a contact, without their presence. */
export type Contact = Omit<Schemas["Contact"], Appearing> & Partial<Pick<Schemas["Contact"], Appearing>>;

/** Events do not contain the picture. */
export type Block = Omit<Schemas["BlockedPerson"], "avatar_url"> &
  Partial<Pick<Schemas["BlockedPerson"], "avatar_url">>;

/** Where messages are written: a channel of a server, or a conversation, which has no server. */
export interface Place {
  id: Id;
  server_id: Id | null;
  name: string;
  topic: string | null;
}

/** What can have its own notification level. */
export interface NotificationPlace {
  id: Id;
  kind: NotificationLevel["kind"];
}
