// The records as they travel over the wire.

export type Id = string;
export type Status = "online" | "away" | "dnd" | "offline";

export interface User {
  id: Id;
  username: string;
  email: string | null;
  avatar_url: string | null;
  bio: string | null;
  pronouns: string | null;
  status: Status;
  custom_status: string | null;
  activity: string | null;
  created_at: string;
  is_admin: boolean;
}

export type Profile = Omit<User, "email" | "is_admin">;

export interface Server {
  id: Id;
  name: string;
  owner_id: Id;
  icon_url: string | null;
  is_public: boolean;
  require_invite: boolean;
  member_count?: number;
  created_at: string;
  updated_at: string;
}

export type ChannelType = "text" | "voice";

export interface Channel {
  id: Id;
  server_id: Id;
  name: string;
  type: ChannelType;
  position: number;
  category: string | null;
  topic: string | null;
  created_at: string;
}

export interface Member {
  user_id: Id;
  username: string;
  avatar_url: string | null;
  /** Only REST tells how somebody appears; the log keeps what lasts. */
  status?: Status;
  custom_status?: string | null;
  nickname: string | null;
  joined_at: string;
}

export interface Message {
  id: Id;
  channel_id: Id;
  author_id: Id | null;
  content: string;
  reply_to: Id | null;
  edited_at: string | null;
  deleted: boolean;
  created_at: string;
  seq: number;
  version: number;
  nonce: string | null;
}

export interface ServerTemplate {
  id: Id;
  name: string;
  description: string;
  category: string;
}

export interface Authentication {
  access_token: string;
  refresh_token: string;
  user: User;
}
