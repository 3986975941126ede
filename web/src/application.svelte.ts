// All parts of the client, each connected to the few others that it needs. No package imports this module: what a
// package's components need is declared in its `context.ts`.
import type { Id, Message, User } from "./api/types";
import { Access } from "./community/access";
import { Community } from "./community/community.svelte";
import { Folds } from "./community/folds.svelte";
import { Membership } from "./community/membership";
import { Perspective } from "./community/perspective.svelte";
import { Permissions } from "./community/permissions.svelte";
import { Conversations } from "./conversations/conversations.svelte";
import { ConversationNames } from "./conversations/conversationnames";
import { Navigation } from "./conversations/navigation";
import { Receipts } from "./conversations/receipts.svelte";
import { Documents } from "./documents/documents.svelte";
import { appliersOf } from "./events";
import { carrierOf } from "./files/carrier";
import { Uploads } from "./files/uploads.svelte";
import { Friends } from "./friends/friends.svelte";
import { Inbox } from "./inbox/inbox.svelte";
import { Drafts } from "./messages/drafts";
import { noteNews } from "./messages/events";
import { Histories } from "./messages/history.svelte";
import { Outbox, type OutboxAnnouncement } from "./messages/outbox.svelte";
import { Talk } from "./messages/talk.svelte";
import { Threads } from "./messages/threads.svelte";
import { TypingNotices } from "./messages/typing.svelte";
import { Unread } from "./messages/unread.svelte";
import { Desktop } from "./notifications/desktop.svelte";
import { Levels } from "./notifications/levels.svelte";
import { NotificationSounds } from "./notifications/sounds.svelte";
import { Names } from "./people/names";
import { OwnProfile } from "./people/ownprofile";
import { People } from "./people/people.svelte";
import { Presences } from "./people/presences";
import { refetch, refreshOpen, retain } from "./refresh";
import { Updates } from "./shell/updates.svelte";
import { Answers } from "./store/answers";
import { EventStream } from "./store/events";
import { Following } from "./store/following";
import { Layers } from "./store/layers";
import { Live } from "./store/live.svelte";
import { LocalDatabase, pendingStore, type StoredDraft } from "./store/local/database";
import { Snapshots } from "./store/local/snapshots";
import { Positions } from "./store/positions";
import { Route } from "./store/route.svelte";
import { Screen } from "./store/screen.svelte";
import { Session } from "./store/session.svelte";
import { Tabs } from "./store/tabs";
import { Appearance } from "./ui/appearance.svelte";
import { Menus } from "./ui/menus.svelte";
import { Toasts } from "./ui/toasts.svelte";
import { Line } from "./voice/line.svelte";
import { Ringing } from "./voice/ringing.svelte";
import { Voices } from "./voice/voices.svelte";

export class Application {
  private readonly me = () => this.session.user?.id;

  readonly session = new Session({
    recalled: (owner) => this.recall(owner),
    entered: (user) => this.begin(user),
    ended: (reason, isWanted) => this.end(reason, isWanted),
  });
  readonly api = this.session.api;

  // What all packages build on.
  readonly toasts = new Toasts();
  readonly report = this.toasts.report;
  readonly menus = new Menus(this.report);
  readonly appearance = new Appearance();
  readonly layers = new Layers();
  readonly route = new Route(this.layers);
  readonly screen = new Screen();
  readonly updates = new Updates();
  readonly local = new LocalDatabase();
  readonly positions = new Positions();
  readonly live = new Live({
    prepare: (isRetry) => this.session.confirm(isRetry),
    frame: (frame) => this.events.apply(frame),
    returned: () => this.updates.look(),
  });
  readonly following = new Following({
    positions: this.positions,
    me: this.me,
    isServer: (topic) => this.community.server(topic) !== undefined,
    isHeld: (topic) =>
      this.community.server(topic)
        ? this.community.isKnown(topic)
        : this.histories.held(topic)?.isInStep === true,
    resume: (positions) => this.live.send("RESUME", { positions }),
    restart: () => void this.restart(),
    retain: (followed) => retain(this, followed),
    moved: (topics) => this.membership.fetchChannels(topics),
    stale: (topic) => {
      this.histories.markStale([topic]);
      this.threads.refetch(topic);
    },
    refetch: (topic) => refetch(this, topic),
    forget: (topic) => {
      this.histories.forget(topic);
      this.snapshots.forget(topic);
    },
    repeated: (message) => this.talk.learnMine(message),
  });

  // People, servers and conversations.
  private readonly answers = new Answers();
  readonly people = new People(this.api, this.answers, () => this.session.user);
  readonly ownProfile = new OwnProfile(this.api, this.session, this.people);
  readonly voices = new Voices(this.api);
  readonly community = new Community({
    api: this.api,
    answers: this.answers,
    memberSeen: (member) => this.people.fromMember(member),
    loadVoices: (server) => this.voices.load(server),
    fetched: (server) => this.snapshots.note(server),
  });
  readonly names = new Names(this.people, this.community);
  readonly folds = new Folds(this.me);
  readonly permissions = new Permissions(this.api);
  readonly perspective = new Perspective(this);
  readonly presences = new Presences({
    answers: this.answers,
    open: () => this.route.server,
    servers: () => this.community.servers.map(({ id }) => id),
    members: (server, limit) => this.api.members(server, limit),
    found: (member) => this.people.fromMember(member),
    stale: (servers) => this.community.markStale(servers),
  });
  readonly friends = new Friends(this.api.friends, this.people, () => this.me() ?? "");
  readonly conversations = new Conversations(this.api.conversations, this.people);
  readonly conversationNames = new ConversationNames(this.session, this.people, this.conversations);
  readonly receipts = new Receipts(this.api.conversations, (channel_id, message_id) =>
    this.live.send("DELIVERED", { channel_id, message_id }),
  );
  readonly navigation: Navigation = new Navigation(this);
  readonly access = new Access(this);
  readonly membership = new Membership({
    api: this.api,
    community: this.community,
    permissions: this.permissions,
    route: this.route,
    toasts: this.toasts,
    joined: (server) => void this.levels.joined(server).catch(this.report),
    learned: () => this.line.rejoin(),
    stale: (channels) => this.histories.markStale(channels),
    forgetChannel: (channel) => this.forgetChannel(channel),
    forgetServer: (server) => {
      this.snapshots.forget(server);
      this.voices.forget((state) => state.server_id === server);
      if (this.line.call?.channel.server_id === server) this.line.drop();
    },
    refresh: () => refreshOpen(this),
  });

  // Messages, and what goes with them.
  readonly unread = new Unread(this.api);
  readonly levels = new Levels(this.api, () => this.session.user?.id ?? "");
  readonly histories: Histories = new Histories(this.api, {
    recall: (channel) => this.snapshots.recallChannel(channel),
    resume: (channel, position) => this.following.beginAt(channel, position),
    changed: (channel) => this.histories.held(channel)?.isWhole && this.snapshots.note(channel),
  });
  readonly threads = new Threads(this.api);
  readonly desktop = new Desktop(this);
  readonly talk: Talk = new Talk(this);
  readonly drafts = new Drafts(this.local, this.talk.answering, (draft) =>
    this.tabs.broadcast({ kind: "draft", draft }),
  );
  readonly tabs = new Tabs<OutboxAnnouncement | { kind: "draft"; draft: StoredDraft }>((announcement) => {
    if (announcement.kind === "draft") this.drafts.receive(announcement.draft);
    else this.outbox.receive(announcement);
  });
  readonly sounds = new NotificationSounds(this.tabs, () => this.session.user?.status === "dnd");
  readonly outbox = new Outbox({
    api: this.api,
    confirmed: (message) => this.talk.receive(message),
    refused: ({ channel, thread }, error) => {
      this.conversations.refused(channel, error);
      if (thread && thread !== this.threads.current?.root.id) this.report(error); // its row is not visible
    },
    ...pendingStore(this.local, "outbox"),
    announce: (announcement) => this.tabs.broadcast(announcement),
    alone: (channel, work) => this.tabs.alone(channel, work),
  });
  readonly uploads = new Uploads(carrierOf(this));
  readonly typing = new TypingNotices((channel) => this.live.send("TYPING_START", { channel_id: channel }));
  readonly inbox = new Inbox(this);
  readonly documents: Documents = new Documents({
    api: this.api.documents,
    positions: this.positions,
    following: this.following,
    deliver: async () => (await import("./documents/opendocuments")).deliverAbandoned(this),
  });
  readonly line: Line = new Line(this);
  readonly ringing: Ringing = new Ringing(this);

  readonly snapshots: Snapshots = new Snapshots(this);

  private readonly events = new EventStream({
    appliers: appliersOf(this),
    positions: this.positions,
    following: this.following,
    changed: (topic) => this.snapshots.note(topic),
    applied: (frame) => {
      this.live.emit(frame);
      noteNews(this.talk, frame);
    },
  });

  /** The texts may still be loading; nothing is shown before them. */
  start(texts: Promise<void>): Promise<void> {
    addEventListener("online", () => this.live.retryNow());
    addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => {
      this.screen.isVisible = !document.hidden;
      if (this.screen.isVisible) this.live.retryNow();
      else this.leave();
    });
    this.updates.start();
    return this.session.start(texts);
  }

  /** Shows a notification for a message that is not on the screen. */
  notify(message: Message, isMention: boolean): void {
    if (!this.desktop.isDue(message, isMention)) return;
    this.desktop.notify(message, isMention).catch(this.report);
    const isDirect = this.conversations.of(message.channel_id)?.is_direct;
    this.sounds.announce(isMention || isDirect ? "mention" : "message");
  }

  /** Removes everything that is held of the channel. */
  forgetChannel(channel: Id): void {
    this.histories.forget(channel);
    this.snapshots.forget(channel);
    this.unread.forget(channel);
  }

  /** The page may not come back: store and send what is pending. */
  private leave(): void {
    this.snapshots.flush();
    this.unread.flush();
  }

  private async recall(owner: Id): Promise<User | null> {
    const user = await this.snapshots.recall(owner);
    this.live.isRecalled = user !== null;
    return user;
  }

  private async begin(user: User): Promise<void> {
    this.route.resume(user.id);
    this.people.fromProfile(user);
    this.local.open(user.id);
    this.tabs.join(user.id);
    const open = this.route.channel ?? this.route.conversation ?? "";
    if (this.navigation.place(open)) this.histories.approach(open);
    await Promise.all([
      this.drafts.recall(),
      this.outbox.recall(),
      this.uploads.recall(),
      this.snapshots.loadIndex(),
    ]);
    this.uploads.retain((nonce) => this.outbox.has(nonce));
    if (this.session.user?.id === user.id) this.live.open();
  }

  private end(reason: string | null, isWanted: boolean): void {
    this.live.close();
    this.line.drop();
    this.perspective.end();
    this.snapshots.clear();
    this.tabs.leave();
    void (isWanted ? this.local.wipe() : this.local.forgetRead());
    for (const part of Object.values(this)) if (isCleared(part)) part.clear();
    if (reason) this.toasts.error(reason);
  }

  /** A backup was restored: what is held here may not be in the history any more. Unsent messages stay. */
  private async restart(): Promise<void> {
    this.snapshots.clear();
    await this.local.forgetRead();
    location.reload();
  }
}

const isCleared = (part: unknown): part is { clear: () => void } => part instanceof Object && "clear" in part;
