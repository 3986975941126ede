// The records on the wire, under short names. All but the last come from the server's API document (`npm run types`).
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Id = string;
export type User = Schemas["User"];
export type ThreadSummary = Schemas["ThreadSummary"];
export type Profile = Schemas["PublicProfile"];
export type Channel = Schemas["Channel"];
export type Message = Schemas["Message"];
/** What is known of a message while the user writes a reply to it. */
export type Answered = Pick<Message, "id" | "author_id">;
export type UnreadCount = Schemas["UnreadCount"];
export type NotificationLevel = Schemas["NotificationLevel"];
export type InboxItem = Schemas["InboxItem"];
export type MessageEdit = Schemas["MessageEdit"];
export type ScheduledEvent = Schemas["ScheduledEvent"];
export type EventCreation = Schemas["EventCreation"];
export type EventChange = Schemas["EventChange"];
export type EventAnswer = NonNullable<ScheduledEvent["user_answer"]>;
export type EventRepeat = NonNullable<ScheduledEvent["repeat"]>;
export type Poll = Schemas["Poll"];
export type Attachment = Schemas["Attachment"];
export type Role = Schemas["Role"];
export type RoleCreation = Schemas["RoleCreation"];
export type RoleChange = Schemas["RoleChange"];
export type Override = Schemas["Override"];
export type OverrideSetting = Schemas["OverrideSetting"];
export type AuditEntry = Schemas["AuditLog"];
export type SearchResult = Schemas["SearchResult"];
export type Invite = Schemas["ServerInvite"];
export type Bot = Schemas["Bot"];
export type BotLogEntry = Schemas["BotLogEntry"];
export type Webhook = Schemas["Webhook"];
export type Export = Schemas["Export"];
export type WebhookCreation = Schemas["WebhookCreation"];
export type WebhookChange = Schemas["WebhookChange"];
export type InviteCreation = Schemas["InviteCreation"];
export type InvitePage = Schemas["InvitePage"];
export type Reactor = Schemas["Reactor"];
export type Ban = Schemas["ListedBan"];
export type RetentionPreview = Schemas["RetentionPreview"];
export type AutomodConfig = Schemas["AutomodConfig"];
export type AutomodChange = Schemas["AutomodChange"];
export type AutomodWord = Schemas["AutomodWordFilter"];
export type AutomodLog = Schemas["AutomodLog"];
export type AutomodTrial = Schemas["RuleTrial"];
export type QueuedReport = Schemas["QueuedReport"];
export type ReportDetails = Schemas["ReportDetails"];
export type ReportChange = Partial<Schemas["ReportChange"]>;
export type ReportedMessage = Schemas["ReportedMessage"];
export type OwnReport = Schemas["OwnReport"];
export type ReportCategory = Schemas["ReportCreation"]["category"];
export type ReportState = OwnReport["state"];
export type NamedUser = Schemas["NamedUser"];
export type TimeoutOrder = Schemas["TimeoutOrder"];
export type ServerTemplate = Schemas["ServerTemplate"];
export type SecurityEvent = Schemas["SecurityEntry"];
export type LoginSession = Schemas["Session"];
export type IceServers = Schemas["IceServers"];
export type UsageReport = Schemas["UsageReport"];
export type ResetToken = Schemas["ResetToken"];
export type Passkey = Schemas["Passkey"];
export type EmailNotifications = Schemas["EmailNotifications"];
export type EmailNotificationsChange = Schemas["EmailNotificationsChange"];
export type EmailState = Schemas["EmailState"];
export type VoiceModeration = Schemas["VoiceModeration"];
export type Login = Schemas["Login"];
export type Credentials = Omit<Schemas["Credentials"], "cookies" | "lasting">;
export type StepAnswer = Omit<Schemas["StepAnswer"], "cookies" | "lasting">;
export type Registration = Omit<Schemas["Registration"], "cookies" | "lasting">;
export type Instance = Schemas["Instance"];
export type InstanceChange = Schemas["InstanceChange"];
export type RegistrationMode = Instance["registration_mode"];
export type Status = User["status"];
export type ChannelType = Channel["type"];
export type ChannelCreation = Schemas["ChannelCreation"];
export type ChannelChange = Schemas["ChannelChange"];
export type ChannelMove = Schemas["ChannelMove"];
export type ServerCreation = Schemas["ServerCreation"];
export type ServerChange = Schemas["ServerChange"];
export type LinkPreview = Schemas["LinkPreview"];
export type ProfileChange = Schemas["ProfileChange"];
export type VoiceState = Schemas["VoiceState"];
export type OwnVoiceChange = Schemas["OwnVoiceChange"];
export type ConversationCall = Schemas["Call"];
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

/** In the list of public servers. */
export type PublicServer = Schemas["PublicServer"];

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
  /** Of a server's channel. */
  type?: Channel["type"];
  retention_days?: Channel["retention_days"];
  on_hold?: Channel["on_hold"];
}

/** What can have its own notification level. */
export interface NotificationPlace {
  id: Id;
  kind: NotificationLevel["kind"];
}

export type AdminUser = Schemas["AdminUser"];
export type AdminServer = Schemas["AdminServer"];
export type AdminStats = Schemas["AdminStats"];
export type AdminHealth = Schemas["AdminHealth"];
export type Statistics = Schemas["Statistics"];
export type PeopleOrder = "username" | "created_at" | "message_count";
