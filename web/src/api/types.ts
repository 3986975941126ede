// The records as they travel over the wire, by short names. All but the last come from the server's own
// description (`npm run types`).
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Id = string;
export type User = Schemas["User"];
export type Profile = Schemas["PublicProfile"];
export type Channel = Schemas["Channel"];
export type Message = Schemas["Message"];
/** What is told of a message while an answer to it is written. */
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
export type LoginSession = Schemas["Session"];
export type UsageReport = Schemas["UsageReport"];
export type ResetToken = Schemas["ResetToken"];
export type VoiceModeration = Schemas["VoiceModeration"];
export type Login = Schemas["Login"];
export type Credentials = Schemas["Credentials"];
export type Registration = Schemas["Registration"];
export type RegistrationMode = Schemas["RegistrationMode"]["registration_mode"];
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
type Fleeting = "status" | "custom_status" | "activity";

/** An event does not count the members; only REST does. */
export type Server = Omit<Counted, "member_count"> & Partial<Pick<Counted, "member_count">>;

/** An event tells what lasts; only REST tells how somebody appears now. */
export type Member = Omit<Present, Fleeting> & Partial<Pick<Present, Fleeting>>;

/** What is shown of the newest message of a conversation. */
export type LastMessage = Pick<Schemas["ChatMessage"], "id" | "sender_id" | "content" | "timestamp"> &
  Partial<Pick<Schemas["ChatMessage"], "message_type">>; // an earlier version kept none

export type Conversation = Omit<Schemas["Conversation"], "last_message"> & {
  last_message: LastMessage | null;
};

/** What lasts of a conversation, the same for everybody in it. */
export type Lasting = Pick<
  Conversation,
  "id" | "is_direct" | "name" | "description" | "owner_id" | "created_at"
>;

type Appearing = "last_seen" | "is_online";

/** What lasts of a contact is told without how they appear. */
export type Contact = Omit<Schemas["Contact"], Appearing> & Partial<Pick<Schemas["Contact"], Appearing>>;

/** An event does not tell the picture. */
export type Block = Omit<Schemas["BlockedPerson"], "avatar_url"> &
  Partial<Pick<Schemas["BlockedPerson"], "avatar_url">>;

/** Where messages are written: a channel of a server, or a conversation, which belongs to none. */
export interface Place {
  id: Id;
  server_id: Id | null;
  name: string;
  topic: string | null;
}

/** What can have a notification level of its own. */
export interface NotificationPlace {
  id: Id;
  kind: NotificationLevel["kind"];
}
