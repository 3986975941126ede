// Everything the screens use, wired in one place.
import { createContext } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import type { Id, Message, Place, Profile, ProfileChange, ServerCreation, User } from "../api/types";
import type { Departure, Frame } from "../sync/frames";
import { Gateway, type Connection } from "../sync/gateway";
import { placeOf } from "../conversations/naming";
import { Inbox } from "../inbox/inbox.svelte";
import { callsMe } from "../messages/mentioning";
import { newsOfServer } from "../notifications/calm";
import { Desktop } from "../notifications/desktop.svelte";
import { Levels } from "../notifications/levels.svelte";
import { text } from "../text/en";
import { Community } from "./community.svelte";
import { Conversations } from "./conversations.svelte";
import * as events from "./events";
import { Friends } from "./friends.svelte";
import { Histories } from "./history.svelte";
import { Outbox } from "./outbox.svelte";
import { People } from "./people.svelte";
import { Positions } from "./positions";
import { Presences } from "./presence";
import { Previews } from "./previews.svelte";
import { Receipts } from "./receipts.svelte";
import { has, IN_CONVERSATION, Permission, Rights, type PermissionName } from "./rights.svelte";
import { Route } from "./route.svelte";
import { Session } from "./session.svelte";
import { withMine } from "./reactions";
import { Threads } from "./threads.svelte";
import { ThemeChoice } from "./theme.svelte";
import { Toasts } from "./toasts.svelte";
import { TypingNotices } from "./typing.svelte";
import { Unread } from "./unread.svelte";
import { Uploads } from "./uploads.svelte";
import { Line } from "./line.svelte";
import { Voices } from "./voices.svelte";

export class Application {
  isReady = $state(false);
  isVisible = $state(!document.hidden);
  connection = $state<Connection>("idle");
  retryAt = $state<number | null>(null);

  /** Whose card is open. */
  person = $state<Id | null>(null);

  isSearching = $state(false);
  isInboxOpen = $state(false);

  /** Whether people are being chosen for a new conversation. */
  isBeginning = $state(false);

  /** The message that is to be shown, until its channel shows it. */
  target = $state<{ channel: Id; message: Id } | null>(null);

  /** Counts messages of others in the open channel, and what a screen reader says of the last one. */
  news = $state<{ count: number; message: Message | null }>({ count: 0, message: null });

  private leaving: Id | null = null;
  private readonly listeners = new Set<(frame: Frame) => void>();
  readonly session = new Session({
    entered: (user) => this.begin(user),
    ended: (reason) => this.end(reason),
  });
  private readonly gateway = new Gateway(gatewayAddress(), {
    prepare: (isRetry) => this.session.confirm(isRetry),
    frame: (frame) => events.apply(this, frame),
    changed: (connection, retryAt) => this.connectionChanged(connection, retryAt),
  });

  readonly api = this.session.api;
  readonly toasts = new Toasts();
  readonly theme = new ThemeChoice();
  readonly route = new Route();
  readonly positions = new Positions();
  readonly unread = new Unread(this.api);
  readonly levels = new Levels(this.api);
  readonly desktop = new Desktop();
  readonly inbox = new Inbox(this);
  readonly people = new People(this.api);
  readonly previews = new Previews(this.api);
  readonly voices = new Voices(this.api);
  readonly community = new Community(this.api, this.people, this.voices);
  readonly presences = new Presences({
    open: () => this.route.server,
    servers: () => this.community.servers.map(({ id }) => id),
    members: (server, limit) => this.api.members(server, limit),
    found: (member) => this.people.fromMember(member),
    stale: (servers) => this.community.markStale(servers),
  });
  readonly friends = new Friends(this.api.friends, this.people, () => this.user?.id ?? "");
  readonly conversations = new Conversations(this.api.conversations, this.people);
  readonly receipts = new Receipts(this.api.conversations, (channel_id, message_id) =>
    this.gateway.send("DELIVERED", { channel_id, message_id }),
  );
  readonly histories = new Histories(this.api);
  readonly threads = new Threads(this.api);

  /** In each channel the message that the next one answers. */
  readonly answering = new SvelteMap<Id, Message>();
  private readonly fetched = new SvelteMap<Id, Message>();
  private readonly asked = new Set<Id>();
  readonly outbox = new Outbox(
    this.api,
    (message) => this.receive(message),
    (place, error) => this.conversations.refused(place, error),
  );
  readonly rights = new Rights(this.api);
  readonly uploads = new Uploads({
    send: (message, files, progress, signal) =>
      this.session.upload(`/api/messages/${message}/attachments`, formOf(files), { progress, signal }),
    arrived: async (message) => this.receive(await this.api.message(message.channel_id, message.id)),
  });
  readonly typing = new TypingNotices((channel) =>
    this.gateway.send("TYPING_START", { channel_id: channel }),
  );

  readonly line = new Line({
    api: this.api,
    voices: this.voices,
    toasts: this.toasts,
    user: () => this.user?.id,
    channel: (id) => this.community.channel(id) ?? this.conversationPlace(id),
    signal: (to, signal) => this.gateway.send("VOICE_SIGNAL", { to_user_id: to, ...signal }),
  });

  get user(): User | null {
    return this.session.user;
  }

  start(): Promise<void> {
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => {
      this.isVisible = !document.hidden;
      if (this.isVisible) this.hurry();
    });
    return this.session.start();
  }

  hurry(): void {
    this.gateway.hurry();
  }

  async updateMe(change: ProfileChange): Promise<void> {
    this.updateProfile(await this.api.updateMe(change));
  }

  receive(message: Message): void {
    const mine = withMine(message, this.atHand(message));
    if (mine.thread_id) this.threads.apply(mine);
    else this.histories.apply(mine);
    if (message.author_id !== this.user?.id) return;
    this.uploads.begin(message);
    this.outbox.settle(message);
  }

  /** Somebody reacted: events are the same for everybody, so what is mine is known by who did it. */
  reacted(message: Message, user: Id, emoji: string, stands: boolean): void {
    const known = this.atHand(message);
    if (user !== this.user?.id || !known) return this.receive(message);
    const mine = (known.reactions ?? []).filter((each) => each.me).map((each) => each.emoji);
    const own = new Set(stands ? [...mine, emoji] : mine.filter((each) => each !== emoji));
    const reactions = (message.reactions ?? []).map((each) => ({ ...each, me: own.has(each.emoji) }));
    const shown = { ...message, reactions };
    if (message.thread_id) this.threads.apply(shown);
    else this.histories.apply(shown);
  }

  react(message: Message, emoji: string, stands: boolean): void {
    (stands ? this.api.react(message, emoji) : this.api.unreact(message, emoji)).catch(this.report);
  }

  /** The message that this one answers, if it is at hand; else it is asked for, once. */
  answered(answer: Message): Message | undefined {
    const id = answer.reply_to;
    if (!id) return undefined;
    const known = this.histories.find({ channel_id: answer.channel_id, id }) ?? this.fetched.get(id);
    if (!known && !this.asked.has(id)) {
      this.asked.add(id);
      this.api.message(answer.channel_id, id).then(
        (message) => this.fetched.set(id, message),
        () => undefined,
      );
    }
    return known;
  }

  private atHand(message: Message): Message | undefined {
    return message.thread_id ? this.threads.find(message) : this.histories.find(message);
  }

  /** Whether I may do this in the server at large, as far as is known here. */
  may(server: Id, name: PermissionName): boolean {
    const found = this.community.server(server);
    const me = this.user?.id ?? "";
    if (!found) return false;
    return has(this.rights.inServer(found, me, this.community.member(server, me)), Permission[name]);
  }

  /** Whether I may do this in a channel or a conversation, as far as is known here. */
  mayIn(place: Place, name: PermissionName): boolean {
    if (place.server_id === null) return has(IN_CONVERSATION, Permission[name]) && !this.isBarred(place.id);
    const channel = this.community.channel(place.id);
    const server = this.community.server(place.server_id);
    const me = this.user?.id ?? "";
    if (!server || !channel) return false;
    const member = this.community.member(server.id, me);
    return has(this.rights.inChannel(server, channel, me, member), Permission[name]);
  }

  /** Whether I may pin: in a conversation everybody, in a server who manages messages. */
  mayPin(place: Place): boolean {
    return this.mayIn(place, place.server_id === null ? "SEND_MESSAGES" : "MANAGE_MESSAGES");
  }

  /** Whether what somebody says is folded away, since I blocked them: everywhere but between the two of us. */
  isFolded(author: Id | null, place: Pick<Place, "id">): boolean {
    return this.friends.isBlocked(author) && !this.conversations.of(place.id)?.is_direct;
  }

  /** Whether nobody can write in a direct conversation, since I blocked the other or the server refused me. */
  isBarred(conversation: Id): boolean {
    const held = this.conversations.of(conversation);
    const partner = held && this.conversations.partner(held);
    return this.conversations.closed.has(conversation) || this.friends.isBlocked(partner ?? null);
  }

  /** Opens the direct conversation with somebody. */
  async writeTo(user: Id): Promise<void> {
    this.route.toConversation(await this.conversations.direct(user));
  }

  private conversationPlace(id: Id): Place | undefined {
    const conversation = this.conversations.of(id);
    return conversation && placeOf(this, conversation);
  }

  /** A conversation that READY did not tell of: an old one, or one that is not mine. */
  seekConversation(id: Id): void {
    this.conversations.learn(id).catch(() => {
      if (this.route.conversation === id) this.route.toFriends();
    });
  }

  /** Opens the direct conversation with somebody, and joins the call in it. */
  async callTo(user: Id): Promise<void> {
    await this.writeTo(user);
    const place = this.conversationPlace(this.route.conversation ?? "");
    if (place) await this.line.join(place);
  }

  /** Takes back what was to be sent. */
  discard(nonce: string): void {
    this.outbox.discard(nonce);
    this.uploads.drop(nonce);
  }

  async deleteMessage(message: Message): Promise<void> {
    await this.api.deleteMessage(message.id);
    this.receive({ ...message, deleted: true, version: message.version + 1 });
  }

  noteNews(message: Message): void {
    const channel = message.channel_id;
    if (message.author_id === this.user?.id) return this.unread.mark(channel, message.id);
    const server = this.community.channel(channel)?.server_id ?? "";
    const isCall = callsMe(this, message, server);
    this.unread.arrived(message, isCall);
    this.desktop.tell(this, message, isCall);
    if (channel === this.route.place) this.news = { count: this.news.count + 1, message };
  }

  /** In a thread only what calls me is worth telling of. */
  noteReply(message: Message): void {
    const server = this.community.channel(message.channel_id)?.server_id ?? "";
    if (callsMe(this, message, server)) this.desktop.tell(this, message, true);
  }

  updateProfile(profile: Profile | User): void {
    if (profile.id === this.user?.id) this.session.user = { ...this.user, ...profile };
    this.people.fromProfile(profile);
  }

  async createServer(draft: ServerCreation): Promise<void> {
    const server = await this.api.createServer(draft);
    this.community.putServer(server);
    this.route.to(server.id, null);
  }

  async joinServer(id: Id): Promise<void> {
    await this.api.joinServer(id);
    this.community.putServer(await this.api.server(id));
    this.route.to(id, null);
  }

  async leaveServer(id: Id): Promise<void> {
    await this.onPurpose(id, () => this.api.leaveServer(id));
  }

  async deleteServer(id: Id): Promise<void> {
    await this.onPurpose(id, () => this.api.deleteServer(id));
  }

  hasUnread(server: Id): boolean {
    return newsOfServer(this, server).isUnread;
  }

  /** I became a member of this server, here or in another tab; its events come from now on. */
  arrive(id: Id): void {
    this.rights.relearn(id).catch(this.report);
    this.community.markStale([id]);
    this.histories.markStale(this.community.channelsOf(id).map((channel) => channel.id));
    this.api
      .server(id)
      .then((server) => {
        this.community.putServer(server);
        this.refreshOpen();
      })
      .catch(this.report);
  }

  /** Learns the channels of the servers that are not open, so that they can show what is unread. */
  survey(): void {
    for (const { id } of this.community.servers) {
      if (id !== this.route.server)
        this.community.loadChannels(id, () => {
          this.line.rejoin();
        });
    }
  }

  /** I am no member of this server any more; `told` says what was done to me, if somebody did. */
  leave(server: Id, told: Departure | null = null): void {
    const name = this.community.server(server)?.name;
    const isNews = this.route.server === server && this.leaving !== server;
    this.forgetServer(server);
    if (name && told && this.leaving !== server) this.toasts.stay(sentAway(name, told));
    else if (isNews && name) this.toasts.notice(text.servers.gone(name));
  }

  /** Fetches again what is on the screen and may be out of date. */
  refreshOpen(): void {
    const { server, channel, conversation } = this.route;
    if (server && this.community.server(server)) this.community.load(server).catch(this.report);
    if (channel && this.community.channel(channel)) void this.histories.of(channel).open();
    if (conversation && this.conversations.of(conversation)) {
      void this.histories.of(conversation).open();
      this.receipts.load(conversation);
    }
  }

  /** Goes to a message, in whatever channel or conversation it is. */
  show(channel: Id, message: Id): void {
    const server = this.community.channel(channel)?.server_id;
    const isConversation = this.conversations.of(channel) !== undefined;
    if (!server && !isConversation) return;
    this.target = { channel, message };
    if (server) this.route.to(server, channel);
    else this.route.toConversation(channel);
  }

  /** Calls back for every frame that was applied, until the answer is called. */
  listen(listener: (frame: Frame) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(frame: Frame): void {
    for (const listener of this.listeners) listener(frame);
  }

  readonly report = (error: unknown): void => this.toasts.error(error);

  /** Leaves a server by my own deed, of which the event that may come first is no news. */
  private async onPurpose(id: Id, deed: () => Promise<unknown>): Promise<void> {
    this.leaving = id;
    try {
      await deed();
      this.forgetServer(id);
    } finally {
      this.leaving = null;
    }
  }

  private forgetServer(id: Id): void {
    for (const channel of this.community.channelsOf(id)) {
      this.histories.forget(channel.id);
      this.unread.forget(channel.id);
    }
    this.voices.forget((state) => state.server_id === id);
    if (this.line.call?.channel.server_id === id) this.line.drop();
    this.community.removeServer(id);
    if (this.route.server === id) this.route.home();
  }

  private begin(user: User): void {
    this.people.fromProfile(user);
    this.gateway.open();
  }

  private end(reason: string | null): void {
    this.gateway.close();
    this.line.drop();
    this.isReady = false;
    this.presences.clear();
    const { voices, community, people, histories, outbox, uploads, rights, threads, unread } = this;
    const company = [this.friends, this.conversations, this.receipts, this.levels, this.inbox];
    const talk = [histories, outbox, uploads, threads, unread, this.answering, this.fetched, this.asked];
    for (const store of [voices, community, people, rights, ...company, ...talk]) store.clear();
    if (reason) this.toasts.error(reason);
  }

  private connectionChanged(connection: Connection, retryAt: number | null): void {
    this.connection = connection;
    this.retryAt = retryAt;
    if (connection === "open") this.isReady = true;
  }
}

export const [useApplication, provideApplication] = createContext<Application>();

function formOf(files: File[]): FormData {
  const form = new FormData();
  for (const file of files) form.append("files", file);
  return form;
}

function sentAway(server: string, { departure, reason }: Departure): string {
  return departure === "MEMBER_BAN"
    ? text.servers.banned(server, reason)
    : text.servers.kicked(server, reason);
}

function gatewayAddress(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;
}
