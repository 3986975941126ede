// The routes that this client calls, one function each.
import { accountCalls, type AccountCalls } from "./account";
import { failureFrom, unreachable } from "./failure";
import { documentCalls, type DocumentCalls } from "./documents";
import { answered, type Http } from "./http";
import { conversationCalls, friendCalls, type ConversationCalls, type FriendCalls } from "./people";
import { postJson } from "./tokens";
import type {
  Channel,
  ChannelChange,
  ChannelCreation,
  ChannelMove,
  Credentials,
  Id,
  Instance,
  InstanceChange,
  InvitePage,
  Login,
  Message,
  OwnVoiceChange,
  ProfileChange,
  Registration,
  ServerChange,
  ServerCreation,
  StepAnswer,
} from "./types";

export interface Span {
  before?: Id;
  after?: Id;
  around?: Id;
}

type MessageRef = Pick<Message, "channel_id" | "id">;

export const PAGE = 50;

/** The client fetches at most this many members with a server; it finds the rest page by page, or by name. */
export const MOST_MEMBERS = 5_000;

const SENDING_MS = 30_000;

export class Api {
  readonly account: AccountCalls;
  readonly friends: FriendCalls;
  readonly conversations: ConversationCalls;
  readonly documents: DocumentCalls;

  constructor(readonly http: Http) {
    this.account = accountCalls(http);
    this.friends = friendCalls(http);
    this.conversations = conversationCalls(http);
    this.documents = documentCalls(http);
  }

  me = () => answered(this.http.GET("/api/users/@me"));
  updateMe = (body: ProfileChange) => answered(this.http.PATCH("/api/users/@me", { body }));
  profile = (user_id: Id) =>
    answered(this.http.GET("/api/users/{user_id}", { params: { path: { user_id } } }));
  logout = () => answered(this.http.POST("/api/auth/logout"));

  changeInstance = (body: InstanceChange) => answered(this.http.PATCH("/api/instance", { body }));

  browse = () => answered(this.http.GET("/api/servers/browse"));
  templates = () => answered(this.http.GET("/api/server-templates"));
  createServer = (body: ServerCreation) => answered(this.http.POST("/api/servers", { body }));
  server = (id: Id) => answered(this.http.GET("/api/servers/{server_id}", inServer(id)));
  updateServer = (id: Id, body: ServerChange) =>
    answered(this.http.PATCH("/api/servers/{server_id}", { ...inServer(id), body }));
  deleteServer = (id: Id) => answered(this.http.DELETE("/api/servers/{server_id}", inServer(id)));
  joinServer = (id: Id) => answered(this.http.POST("/api/servers/{server_id}/join", inServer(id)));
  acceptInvite = (code: string) =>
    answered(this.http.POST("/api/invites/{code}/accept", { params: { path: { code } } }));
  leaveServer = (id: Id) => answered(this.http.DELETE("/api/servers/{server_id}/leave", inServer(id)));
  /** In the order in which they joined, starting after the given member. */
  members = (server_id: Id, limit = MOST_MEMBERS, after?: Id) =>
    answered(
      this.http.GET("/api/servers/{server_id}/members", {
        params: { path: { server_id }, query: after ? { limit, after } : { limit } },
      }),
    );
  findMembers = (server_id: Id, q: string) =>
    answered(
      this.http.GET("/api/servers/{server_id}/members/search", {
        params: { path: { server_id }, query: { q } },
      }),
    );

  channels = (id: Id) => answered(this.http.GET("/api/servers/{server_id}/channels", inServer(id)));
  createChannel = (id: Id, body: ChannelCreation) =>
    answered(this.http.POST("/api/servers/{server_id}/channels", { ...inServer(id), body }));
  updateChannel = (channel: Channel, body: ChannelChange) =>
    answered(
      this.http.PATCH("/api/servers/{server_id}/channels/{channel_id}", { ...placeOf(channel), body }),
    );
  /** All of them are moved, or none. */
  moveChannels = (id: Id, channels: ChannelMove[]) =>
    answered(this.http.PATCH("/api/servers/{server_id}/channels", { ...inServer(id), body: { channels } }));
  deleteChannel = (channel: Channel) =>
    answered(this.http.DELETE("/api/servers/{server_id}/channels/{channel_id}", placeOf(channel)));

  /** At most `limit` messages, newest first for every span. */
  messages = (channel_id: Id, span: Span = {}, limit = PAGE) =>
    answered(
      this.http.GET("/api/channels/{channel_id}/messages", {
        params: { path: { channel_id }, query: { ...span, limit } },
      }),
    );
  message = (channel_id: Id, message_id: Id) =>
    answered(
      this.http.GET("/api/channels/{channel_id}/messages/{message_id}", {
        params: { path: { channel_id, message_id } },
      }),
    );
  sendMessage = (channel_id: Id, content: string, nonce: string, reply_to: Id | null = null) =>
    answered(
      this.http.POST("/api/channels/{channel_id}/messages", {
        params: { path: { channel_id } },
        body: { content, nonce, reply_to },
        signal: AbortSignal.timeout(SENDING_MS), // safe to retry under the same nonce
      }),
    );
  thread = (root: Message, after?: Id) =>
    answered(
      this.http.GET("/api/channels/{channel_id}/messages/{message_id}/thread", {
        params: { path: messagePath(root), query: after ? { after, limit: 100 } : { limit: 100 } },
      }),
    );
  replyInThread = (root: MessageRef, content: string, nonce: string, reply_to: Id | null = null) =>
    answered(
      this.http.POST("/api/channels/{channel_id}/messages/{message_id}/thread", {
        params: { path: messagePath(root) },
        body: { content, nonce, reply_to },
        signal: AbortSignal.timeout(SENDING_MS),
      }),
    );
  react = (to: Message, emoji: string) =>
    answered(
      this.http.PUT("/api/channels/{channel_id}/messages/{message_id}/reactions/{emoji}", {
        params: { path: { ...messagePath(to), emoji } },
      }),
    );
  unreact = (to: Message, emoji: string) =>
    answered(
      this.http.DELETE("/api/channels/{channel_id}/messages/{message_id}/reactions/{emoji}", {
        params: { path: { ...messagePath(to), emoji } },
      }),
    );
  reactors = (of: Message, emoji: string, after?: Id) =>
    answered(
      this.http.GET("/api/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/users", {
        params: {
          path: { ...messagePath(of), emoji },
          query: after ? { after, limit: PAGE } : { limit: PAGE },
        },
      }),
    );
  edits = (of: Message) =>
    answered(
      this.http.GET("/api/channels/{channel_id}/messages/{message_id}/edits", {
        params: { path: messagePath(of) },
      }),
    );
  pin = (each: Message) =>
    answered(
      this.http.POST("/api/channels/{channel_id}/messages/{message_id}/pin", {
        params: { path: messagePath(each) },
      }),
    );
  unpin = (each: Message) =>
    answered(
      this.http.DELETE("/api/channels/{channel_id}/messages/{message_id}/pin", {
        params: { path: messagePath(each) },
      }),
    );
  markUnread = (id: Id, unread_from: Id) =>
    answered(
      this.http.POST("/api/channels/{channel_id}/ack", {
        ...inChannel(id),
        body: { unread_from },
      }),
    );
  unread = () => answered(this.http.GET("/api/users/@me/unread"));
  /** Also arrives if the page is closed meanwhile. */
  ack = (id: Id, message_id: Id) =>
    answered(
      this.http.POST("/api/channels/{channel_id}/ack", {
        ...inChannel(id),
        body: { message_id },
        keepalive: true,
      }),
    );
  ackAll = (id: Id) =>
    answered(this.http.POST("/api/channels/{channel_id}/ack", { ...inChannel(id), body: {} }));
  ackServer = (id: Id) => answered(this.http.POST("/api/servers/{server_id}/ack", inServer(id)));
  threads = (id: Id, limit: number, before?: Id) =>
    answered(
      this.http.GET("/api/channels/{channel_id}/threads", {
        params: { path: { channel_id: id }, query: { limit, before: before ?? null } },
      }),
    );
  pinned = (id: Id) => answered(this.http.GET("/api/channels/{channel_id}/pinned-messages", inChannel(id)));
  editMessage = (id: Id, content: string) =>
    answered(this.http.PATCH("/api/messages/{message_id}", { ...message(id), body: { content } }));
  /** Also arrives if the page is closed meanwhile. */
  deleteMessage = (id: Id) =>
    answered(this.http.DELETE("/api/messages/{message_id}", { ...message(id), keepalive: true }));
  roles = (id: Id) => answered(this.http.GET("/api/servers/{server_id}/roles", inServer(id)));
  overrides = (channel_id: Id) =>
    answered(this.http.GET("/api/channels/{channel_id}/overrides", { params: { path: { channel_id } } }));
  linkPreview = (url: string) => answered(this.http.GET("/api/link-preview", { params: { query: { url } } }));

  voiceStatesOf = (id: Id) => answered(this.http.GET("/api/servers/{server_id}/voice", inServer(id)));
  voiceStates = (id: Id) => answered(this.http.GET("/api/channels/{channel_id}/voice", inChannel(id)));
  joinVoice = (id: Id) => answered(this.http.POST("/api/channels/{channel_id}/voice", inChannel(id)));
  leaveVoice = (id: Id) => answered(this.http.DELETE("/api/channels/{channel_id}/voice", inChannel(id)));
  changeVoice = (id: Id, body: OwnVoiceChange) =>
    answered(this.http.PATCH("/api/channels/{channel_id}/voice", { ...inChannel(id), body }));
  iceServers = () => answered(this.http.GET("/api/ice-servers"));
}

const inServer = (server_id: Id) => ({ params: { path: { server_id } } });
const inChannel = (channel_id: Id) => ({ params: { path: { channel_id } } });
const messagePath = ({ channel_id, id }: MessageRef) => ({ channel_id, message_id: id });
const message = (message_id: Id) => ({ params: { path: { message_id } } });
const placeOf = ({ server_id, id }: Channel) => ({ params: { path: { server_id, channel_id: id } } });

/** What visitors learn of the instance; requested before anyone is logged in. */
export async function instance(): Promise<Instance> {
  const response = await fetch("/api/instance").catch(() => null);
  if (!response) throw unreachable();
  if (!response.ok) throw await failureFrom(response);
  return (await response.json()) as Instance;
}

/** What an invite leads to, for users who may not be logged in. */
export async function invitePage(code: string): Promise<InvitePage> {
  const response = await fetch(`/api/invites/${code}/page`).catch(() => null);
  if (!response) throw unreachable();
  if (!response.ok) throw await failureFrom(response);
  return (await response.json()) as InvitePage;
}

export const register = (registration: Registration) => authenticate("/api/auth/register", registration);
export const login = (credentials: Credentials) => authenticate("/api/auth/login", credentials);

export async function authenticate(
  path: string,
  body: Credentials | Registration | StepAnswer | { credential: unknown },
): Promise<Login> {
  const response = await postJson(path, { ...body, cookies: true }); // no refresh token for scripts, only the cookie
  if (!response.ok) throw await failureFrom(response);
  return (await response.json()) as Login;
}
