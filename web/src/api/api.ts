// The routes that this client calls, one function each.
import { failureFrom } from "./failure";
import type { Http } from "./http";
import { postJson } from "./tokens";
import type {
  Authentication,
  Channel,
  ChannelType,
  Id,
  Member,
  Message,
  Profile,
  Server,
  ServerTemplate,
  User,
} from "./types";

export interface ServerDraft {
  name: string;
  is_public: boolean;
  template_id?: Id;
}

export interface ChannelDraft {
  name: string;
  type: ChannelType;
  topic: string | null;
  category: string | null;
}

export type Span = { before: Id } | { after: Id } | { around: Id } | Record<string, never>;

export const PAGE = 50;

export class Api {
  constructor(private readonly http: Http) {}

  me = () => this.http.get<User>("/api/users/@me");
  updateMe = (change: Partial<User>) => this.http.patch<User>("/api/users/@me", change);
  profile = (id: Id) => this.http.get<Profile>(`/api/users/${id}`);
  logout = () => this.http.post<void>("/api/auth/logout");

  servers = () => this.http.get<Server[]>("/api/servers");
  server = (id: Id) => this.http.get<Server>(`/api/servers/${id}`);
  browse = () => this.http.get<Server[]>("/api/servers/browse");
  templates = () => this.http.get<ServerTemplate[]>("/api/server-templates");
  createServer = (draft: ServerDraft) => this.http.post<Server>("/api/servers", draft);
  updateServer = (id: Id, change: Partial<ServerDraft>) =>
    this.http.patch<Server>(`/api/servers/${id}`, change);
  deleteServer = (id: Id) => this.http.delete(`/api/servers/${id}`);
  joinServer = (id: Id) => this.http.post<unknown>(`/api/servers/${id}/join`);
  leaveServer = (id: Id) => this.http.delete(`/api/servers/${id}/leave`);
  members = (id: Id) => this.http.get<Member[]>(`/api/servers/${id}/members`);

  channels = (server: Id) => this.http.get<Channel[]>(`/api/servers/${server}/channels`);
  createChannel = (server: Id, draft: ChannelDraft) =>
    this.http.post<Channel>(`/api/servers/${server}/channels`, draft);
  updateChannel = (channel: Channel, change: Partial<ChannelDraft>) =>
    this.http.patch<Channel>(`/api/servers/${channel.server_id}/channels/${channel.id}`, change);
  deleteChannel = (channel: Channel) =>
    this.http.delete(`/api/servers/${channel.server_id}/channels/${channel.id}`);

  /** At most `limit` messages, newest first whatever the span. */
  messages = (channel: Id, span: Span = {}, limit = PAGE) => {
    const query = new URLSearchParams({ limit: String(limit), ...span });
    return this.http.get<Message[]>(`/api/channels/${channel}/messages?${query}`);
  };
  sendMessage = (channel: Id, content: string, nonce: string) =>
    this.http.post<Message>(`/api/channels/${channel}/messages`, { content, nonce });
  editMessage = (id: Id, content: string) => this.http.patch<Message>(`/api/messages/${id}`, { content });
  deleteMessage = (id: Id) => this.http.delete(`/api/messages/${id}`);
}

export interface Credentials {
  username: string;
  password: string;
  email?: string;
}

export const register = (credentials: Credentials) => authenticate("/api/auth/register", credentials);
export const login = (credentials: Credentials) => authenticate("/api/auth/login", credentials);

async function authenticate(path: string, credentials: Credentials): Promise<Authentication> {
  const response = await postJson(path, credentials);
  if (!response.ok) throw await failureFrom(response);
  return (await response.json()) as Authentication;
}
