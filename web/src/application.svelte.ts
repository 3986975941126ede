// What several rooms of the client use, each part connected to the few others that it needs. What only one room uses is
// declared in its `feature.ts`. No room imports this module: components name the classes that they use.
import type { Id, User } from "./api/types";
import { Access } from "./community/access";
import { Community } from "./community/community.svelte";
import { Membership } from "./community/membership";
import { Perspective } from "./community/perspective.svelte";
import { Permissions } from "./community/permissions.svelte";
import { Conversations } from "./conversations/conversations.svelte";
import { ConversationNames } from "./conversations/conversationnames";
import { Navigation } from "./conversations/navigation";
import { Features } from "./feature";
import { carrierOf } from "./files/carrier";
import { Uploads } from "./files/uploads.svelte";
import { Friends } from "./friends/friends.svelte";
import { Drafts } from "./messages/drafts";
import { Histories } from "./messages/history.svelte";
import { Outbox, type OutboxAnnouncement } from "./messages/outbox.svelte";
import { senderOf } from "./messages/sender";
import { Talk } from "./messages/talk.svelte";
import { Threads } from "./messages/threads.svelte";
import { Unread } from "./messages/unread.svelte";
import { Desktop } from "./notifications/desktop.svelte";
import { Levels } from "./notifications/levels.svelte";
import { NotificationSounds } from "./notifications/sounds.svelte";
import { Names } from "./people/names";
import { People } from "./people/people.svelte";
import { Updates } from "./shell/updates.svelte";
import { Answers } from "./store/answers";
import { EventStream } from "./store/events";
import { Following } from "./store/following";
import { Layers } from "./store/layers";
import { Live } from "./store/live.svelte";
import { LocalDatabase, type StoredDraft } from "./store/local/database";
import { Snapshots } from "./store/local/snapshots";
import { Positions } from "./store/positions";
import { Route } from "./store/route.svelte";
import { Screen } from "./store/screen.svelte";
import { Session } from "./store/session.svelte";
import { Tabs } from "./store/tabs";
import { Appearance } from "./ui/appearance.svelte";
import { Deletions } from "./ui/deletions.svelte";
import { Toasts } from "./ui/toasts.svelte";
import { Line } from "./voice/line.svelte";
import { Voices } from "./voice/voices.svelte";

export class Application {
  private readonly me = () => this.session.user?.id ?? "";

  readonly session = new Session({
    recalled: (owner) => this.recall(owner),
    entered: (user) => this.begin(user),
    leaving: () => this.deletions.flush(),
    ended: (reason, isWanted) => this.end(reason, isWanted),
  });
  readonly api = this.session.api;

  // What all rooms build on.
  readonly toasts = new Toasts();
  readonly report = this.toasts.report;
  readonly deletions = new Deletions(this.toasts);
  readonly appearance = new Appearance();
  readonly layers = new Layers();
  readonly route = new Route(this.layers);
  readonly screen = new Screen();
  readonly updates = new Updates();
  readonly local = new LocalDatabase();
  readonly positions = new Positions();
  readonly features = new Features();
  readonly live = new Live({
    prepare: (isRetry) => this.session.confirm(isRetry),
    frame: (frame) => this.events.apply(frame),
    returned: () => this.updates.look(),
  });
  readonly following: Following = new Following(this);

  // People, servers and conversations.
  readonly answers = new Answers();
  readonly people = new People(this.api, this.answers, () => this.session.user);
  readonly voices = new Voices(this.api);
  readonly community = new Community({
    api: this.api,
    answers: this.answers,
    memberSeen: (member) => this.people.fromMember(member),
    loadVoices: (server) => this.voices.load(server),
    fetched: (server) => this.snapshots.note(server),
  });
  readonly names = new Names(this.people, this.community);
  readonly permissions = new Permissions(this.api);
  readonly perspective = new Perspective(this);
  readonly friends = new Friends(this.api.friends, this.people, this.me);
  readonly conversations = new Conversations(this.api.conversations, this.people);
  readonly conversationNames = new ConversationNames(this.session, this.people, this.conversations);
  readonly navigation: Navigation = new Navigation(this);
  readonly access = new Access(this);
  readonly membership: Membership = new Membership(this);

  // Messages, and what goes with them.
  readonly unread = new Unread(this.api);
  readonly levels = new Levels(this.api, this.me);
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
  readonly outbox: Outbox = new Outbox(senderOf(this));
  readonly uploads = new Uploads(carrierOf(this));
  readonly line: Line = new Line(this);
  readonly snapshots: Snapshots = new Snapshots(this);
  private readonly events = new EventStream(this);

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

  /** The page may not come back: store and send what is pending. */
  private leave(): void {
    this.snapshots.flush();
    this.unread.flush();
    void this.deletions.flush();
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
  }

  private end(reason: string | null, isWanted: boolean): void {
    this.live.close();
    this.line.drop();
    this.perspective.end();
    this.tabs.leave();
    void (isWanted ? this.local.wipe() : this.local.forgetRead());
    for (const part of [...Object.values(this), ...this.features.stores]) if (isCleared(part)) part.clear();
    if (reason) this.toasts.error(reason);
  }

  /** A backup was restored: what is held here may not be in the history any more. Unsent messages stay. */
  async restart(): Promise<void> {
    this.snapshots.clear();
    await this.local.forgetRead();
    location.reload();
  }
}

const isCleared = (part: unknown): part is { clear: () => void } => part instanceof Object && "clear" in part;
