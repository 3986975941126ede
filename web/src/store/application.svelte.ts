// Everything the screens use, wired in one place.
import { createContext } from "svelte";
import { Failure } from "../api/failure";
import type { Id, Message, Place, Profile, ProfileChange, ServerCreation, User } from "../api/types";
import type { Frame } from "../sync/frames";
import { Gateway, type Connection } from "../sync/gateway";
import { placeOf } from "../conversations/naming";
import { Inbox } from "../inbox/inbox.svelte";
import { CustomEmojis } from "../messages/emoji/custom.svelte";
import { newsOfServer } from "../notifications/calm";
import { Desktop } from "../notifications/desktop.svelte";
import { Levels } from "../notifications/levels.svelte";
import { text } from "../text/texts";
import { Appearance } from "./appearance.svelte";
import { Community } from "./community.svelte";
import { Conversations } from "./conversations.svelte";
import { Documents } from "./documents.svelte";
import * as events from "./events";
import { Following } from "./following";
import { Drafts } from "./drafts";
import { Friends } from "./friends.svelte";
import { Histories } from "./history.svelte";
import { LocalDatabase, shelfOf } from "./local/database";
import { Keeping } from "./local/keeping";
import { Outbox, type Told } from "./outbox.svelte";
import { People } from "./people.svelte";
import { Perspective } from "./perspective.svelte";
import { Positions } from "./positions";
import { Presences } from "./presence";
import { Previews } from "./previews.svelte";
import { Receipts } from "./receipts.svelte";
import { Rights, type PermissionName } from "./rights.svelte";
import { Route } from "./route.svelte";
import { Session } from "./session.svelte";
import { Tabs } from "./tabs";
import { Talk } from "./talk.svelte";
import { Threads } from "./threads.svelte";
import { Toasts } from "./toasts.svelte";
import { TypingNotices } from "./typing.svelte";
import { Unread } from "./unread.svelte";
import { Updates } from "./updates.svelte";
import { Uploads } from "./uploads.svelte";
import { Judging } from "./judging";
import { Line } from "./line.svelte";
import { Membership } from "./membership";
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

  /** Counts the wishes to see the newest message of the open place. */
  presentWanted = $state(0);

  /** Whether people are being chosen for a new conversation. */
  isBeginning = $state(false);

  /** The message that is to be shown, until its channel shows it. */
  target = $state<{ channel: Id; message: Id } | null>(null);

  private readonly listeners = new Set<(frame: Frame) => void>();
  /** Whether the state of an earlier time is on the screen, until the server tells the newest. */
  isRecalled = $state(false);

  readonly session = new Session({
    recalled: (owner) => this.recall(owner),
    entered: (user) => this.begin(user),
    ended: (reason, isWanted) => this.end(reason, isWanted),
  });
  private readonly gateway = new Gateway(gatewayAddress(), {
    prepare: (isRetry) => this.session.confirm(isRetry),
    frame: (frame) => events.apply(this, frame),
    changed: (connection, retryAt) => this.connectionChanged(connection, retryAt),
  });

  readonly api = this.session.api;
  readonly toasts = new Toasts();
  readonly appearance = new Appearance();
  readonly route = new Route();
  readonly updates = new Updates();
  readonly local = new LocalDatabase();
  readonly keeping = new Keeping(this, this.local);
  readonly positions = new Positions();
  readonly following = new Following(this);
  readonly unread = new Unread(this.api);
  readonly levels = new Levels(this.api);
  readonly desktop = new Desktop();
  readonly inbox = new Inbox(this);
  readonly emojis = new CustomEmojis(this);
  readonly people = new People(this.api, () => this.user);
  readonly previews = new Previews(this.api);
  readonly voices = new Voices(this.api);
  readonly community = new Community(this.api, this.people, this.voices, (server) =>
    this.keeping.note(server),
  );
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
  readonly histories = new Histories(this.api, {
    recall: (channel) => this.keeping.recallChannel(channel),
    resume: (channel, position) => this.following.beginAt(channel, position),
    changed: (channel) => this.histories.held(channel)?.isWhole && this.keeping.note(channel),
  });
  readonly threads = new Threads(this.api);
  readonly documents = new Documents(this.api.documents);

  readonly talk = new Talk(this);
  readonly drafts = new Drafts(this.local, this.talk.answering);
  readonly membership = new Membership(this);
  readonly perspective = new Perspective(this);
  private readonly judging = new Judging(this);
  private readonly tabs = new Tabs<Told>((told) => this.outbox.heard(told));
  readonly outbox = new Outbox({
    api: this.api,
    confirmed: (message) => this.receive(message),
    refused: ({ channel, thread }, error) => {
      this.conversations.refused(channel, error);
      if (thread && thread !== this.threads.current?.root.id) this.report(error); // nobody sees its row
    },
    ...shelfOf(this.local, "outbox"),
    tell: (told) => this.tabs.tell(told),
    alone: (channel, work) => this.tabs.alone(channel, work),
  });
  readonly rights = new Rights(this.api);
  readonly uploads = new Uploads({
    send: (message, files, progress, signal) =>
      this.session.upload(`/api/messages/${message}/attachments`, formOf(files), { progress, signal }),
    look: ({ channel_id, id }) => this.api.message(channel_id, id),
    arrived: (message) => this.receive(message),
    ...shelfOf(this.local, "files"),
    alone: (nonce, work) => this.tabs.alone(nonce, work),
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
    addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => {
      this.isVisible = !document.hidden;
      if (this.isVisible) this.hurry();
      else this.leave();
    });
    this.updates.start();
    return this.session.start();
  }

  /** The page may not come back: keep and tell what waits. */
  private leave(): void {
    this.keeping.flush();
    this.unread.flush();
  }

  hurry(): void {
    this.gateway.hurry();
  }

  /** Says something to the server; answers whether there is a connection. */
  say(op: string, data: unknown): boolean {
    return this.gateway.send(op, data);
  }

  async updateMe(change: ProfileChange): Promise<void> {
    this.updateProfile(await this.api.updateMe(change));
  }

  // What screens ask of the parts, by the names that they use.
  readonly answering = this.talk.answering;
  receive = (message: Message) => this.talk.receive(message);
  react = (to: Message, emoji: string, stands: boolean) => this.talk.react(to, emoji, stands);
  answered = (answer: Message) => this.talk.answered(answer);
  deleteMessage = (message: Message) => this.talk.delete(message);

  may = (server: Id, name: PermissionName) => this.judging.may(server, name);
  mayIn = (place: Place, name: PermissionName) => this.judging.mayIn(place, name);
  mayPin = (place: Place) => this.judging.mayPin(place);
  isFolded = (author: Id | null, place: Pick<Place, "id">) => this.judging.isFolded(author, place);
  isBarred = (conversation: Id) => this.judging.isBarred(conversation);

  createServer = (draft: ServerCreation) => this.membership.create(draft);
  joinServer = (id: Id) => this.membership.join(id);
  leaveServer = (id: Id) => this.membership.end(id, () => this.api.leaveServer(id));
  deleteServer = (id: Id) => this.membership.end(id, () => this.api.deleteServer(id));

  get news(): Talk["news"] {
    return this.talk.news;
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
    this.conversations.learn(id).catch((error: unknown) => {
      if (this.route.conversation !== id) return;
      if (error instanceof Failure && error.status === 404) this.toasts.notice(text.rail.nowhere);
      this.route.instead("#/friends/online");
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

  updateProfile(profile: Profile | User): void {
    if (profile.id === this.user?.id) this.session.user = { ...this.user, ...profile };
    this.people.fromProfile(profile);
  }

  hasUnread(server: Id): boolean {
    return newsOfServer(this, server).isUnread;
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

  private async recall(owner: Id): Promise<User | null> {
    const user = await this.keeping.recall(owner);
    this.isRecalled = user !== null;
    return user;
  }

  private async begin(user: User): Promise<void> {
    this.people.fromProfile(user);
    this.local.open(user.id);
    this.tabs.join(user.id);
    await Promise.all([
      this.drafts.recall(),
      this.outbox.recall(),
      this.uploads.recall(),
      this.keeping.survey(),
    ]);
    this.uploads.retain((nonce) => this.outbox.has(nonce));
    if (this.user?.id === user.id) this.gateway.open();
  }

  private end(reason: string | null, isWanted: boolean): void {
    this.gateway.close();
    this.line.drop();
    this.isReady = this.isRecalled = false;
    this.presences.clear();
    this.perspective.end();
    this.keeping.clear();
    this.following.clear();
    this.drafts.clear();
    this.tabs.leave();
    void (isWanted ? this.local.wipe() : this.local.forgetRead());
    const { voices, community, people, histories, outbox, uploads, rights, threads, unread } = this;
    const company = [
      this.friends,
      this.conversations,
      this.receipts,
      this.levels,
      this.inbox,
      this.documents,
      this.emojis,
    ];
    const talk = [histories, outbox, uploads, threads, unread, this.talk];
    for (const store of [voices, community, people, rights, ...company, ...talk]) store.clear();
    if (reason) this.toasts.error(reason);
  }

  private connectionChanged(connection: Connection, retryAt: number | null): void {
    this.connection = connection;
    this.retryAt = retryAt;
    if (connection !== "open") return;
    if (this.isReady) this.updates.look();
    this.isReady = true;
  }
}

export const [useApplication, provideApplication] = createContext<Application>();

function formOf(files: File[]): FormData {
  const form = new FormData();
  for (const file of files) form.append("files", file);
  return form;
}

function gatewayAddress(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;
}
