// Everything the screens use, wired in one place.
import { createContext } from "svelte";
import { Api, login, register } from "../api/api";
import { Failure } from "../api/failure";
import { createHttp } from "../api/http";
import { Tokens, type Announcement } from "../api/tokens";
import type {
  Credentials,
  Id,
  Message,
  Profile,
  Registration,
  ServerCreation,
  Status,
  User,
} from "../api/types";
import { Gateway, type Connection } from "../sync/gateway";
import { text } from "../text/en";
import { Community } from "./community.svelte";
import { forgetDrafts } from "./drafts";
import * as events from "./events";
import { Histories } from "./history.svelte";
import { Outbox } from "./outbox.svelte";
import { People } from "./people.svelte";
import { Positions } from "./positions";
import { Route } from "./route.svelte";
import { keep, recall } from "./storage";
import { ThemeChoice } from "./theme.svelte";
import { Toasts } from "./toasts.svelte";
import { TypingNotices } from "./typing.svelte";
import { Unread } from "./unread.svelte";

export type Stage = "starting" | "signed-out" | "signed-in";

/** Says only that a session was here, so that a first visit does not ask the server for one. */
const HINT = "coterie-signed-in";
const RETRY_START_MS = 3_000;

export class Application {
  stage = $state<Stage>("starting");
  user = $state<User | null>(null);
  isReady = $state(false);
  isVisible = $state(!document.hidden);
  connection = $state<Connection>("idle");
  retryAt = $state<number | null>(null);

  /** Counts messages of others in the open channel, and what a screen reader says of the last one. */
  news = $state<{ count: number; message: Message | null }>({ count: 0, message: null });

  private readonly tokens = new Tokens(
    (announcement) => this.heard(announcement),
    () => this.end(text.errors.sessionEnded),
  );
  private readonly gateway = new Gateway(gatewayAddress(), {
    prepare: (isRetry) => this.prepare(isRetry),
    frame: (frame) => events.apply(this, frame),
    changed: (connection, retryAt) => this.connectionChanged(connection, retryAt),
  });

  readonly api = new Api(createHttp(this.tokens));
  readonly toasts = new Toasts();
  readonly theme = new ThemeChoice();
  readonly route = new Route();
  readonly positions = new Positions();
  readonly unread = new Unread();
  readonly people = new People(this.api);
  readonly community = new Community(this.api, this.people);
  readonly histories = new Histories(this.api);
  readonly outbox = new Outbox(this.api, (message) => this.receive(message));
  readonly typing = new TypingNotices((channel) =>
    this.gateway.send("TYPING_START", { channel_id: channel }),
  );

  /** Goes on with the session of this browser, if there is one. */
  async start(): Promise<void> {
    addEventListener("online", () => this.gateway.hurry());
    document.addEventListener("visibilitychange", () => {
      this.isVisible = !document.hidden;
      if (this.isVisible) this.gateway.hurry();
    });
    if (recall(HINT) === null) this.stage = "signed-out";
    else await this.resume();
  }

  async login(credentials: Credentials): Promise<void> {
    this.enter(this.tokens.adopt(await login(credentials)).user);
  }

  async register(registration: Registration): Promise<void> {
    this.enter(this.tokens.adopt(await register(registration)).user);
  }

  async logout(): Promise<void> {
    await this.api.logout().catch((error: unknown) => {
      if (!(error instanceof Failure && error.status === 401)) throw error;
    });
    this.tokens.forget();
    forgetDrafts();
    this.end(null);
  }

  hurry(): void {
    this.gateway.hurry();
  }

  async setStatus(status: Status, customStatus: string | null): Promise<void> {
    const user = await this.api.updateMe({ status, custom_status: customStatus });
    this.updateProfile(user);
  }

  receive(message: Message): void {
    this.histories.apply(message);
    if (message.author_id === this.user?.id) this.outbox.settle(message);
  }

  async deleteMessage(message: Message): Promise<void> {
    await this.api.deleteMessage(message.id);
    this.receive({ ...message, deleted: true, version: message.version + 1 });
  }

  noteNews(channel: Id, position: number, message: Message): void {
    this.unread.moved(channel, position);
    const isMine = message.author_id === this.user?.id;
    if (isMine) this.unread.mark(channel);
    else if (channel === this.route.channel) this.news = { count: this.news.count + 1, message };
  }

  updateProfile(profile: Profile | User): void {
    if (profile.id === this.user?.id) this.user = { ...this.user, ...profile };
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
    await this.api.leaveServer(id);
    this.forgetServer(id);
  }

  async deleteServer(id: Id): Promise<void> {
    await this.api.deleteServer(id);
    this.forgetServer(id);
  }

  hasUnread(server: Id): boolean {
    return this.community.channelsOf(server).some((channel) => this.unread.has(channel.id));
  }

  /** I became a member of this server, here or in another tab; its events come from now on. */
  arrive(id: Id): void {
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
        this.community.loadChannels(id, (channel) => this.unread.introduce(channel));
    }
  }

  /** I am no member of this server any more. */
  leave(server: Id): void {
    const name = this.community.server(server)?.name;
    const wasHere = this.route.server === server;
    this.forgetServer(server);
    if (wasHere && name) this.toasts.notice(text.servers.gone(name));
  }

  /** Fetches again what is on the screen and may be out of date. */
  refreshOpen(): void {
    const { server, channel } = this.route;
    if (server && this.community.server(server)) this.community.load(server).catch(this.report);
    if (channel && this.community.channel(channel)) void this.histories.of(channel).open();
  }

  readonly report = (error: unknown): void => this.toasts.error(error);

  private forgetServer(id: Id): void {
    for (const channel of this.community.channelsOf(id)) this.histories.forget(channel.id);
    this.community.removeServer(id);
    if (this.route.server === id) this.route.home();
  }

  private async resume(): Promise<void> {
    try {
      this.enter((await this.tokens.renew(null)).user);
    } catch (error) {
      if (error instanceof Failure && error.isPassing) setTimeout(() => void this.resume(), RETRY_START_MS);
      else this.end(null);
    }
  }

  private enter(user: User): void {
    keep(HINT, "1");
    this.user = user;
    this.unread.begin(user.id);
    this.people.fromProfile(user);
    this.stage = "signed-in";
    this.gateway.open();
  }

  private end(reason: string | null): void {
    if (this.stage === "signed-out") return;
    keep(HINT, null);
    this.gateway.close();
    this.stage = "signed-out";
    this.user = null;
    this.isReady = false;
    this.community.clear();
    this.people.clear();
    this.histories.clear();
    this.outbox.clear();
    if (reason) this.toasts.error(reason);
  }

  private heard(announcement: Announcement): void {
    if (announcement.kind === "ended") this.end(null);
    else if (this.stage === "signed-out") this.enter(announcement.grant.user);
    else if (this.user && this.user.id !== announcement.grant.user.id) location.reload();
  }

  private async prepare(isRetry: boolean): Promise<boolean> {
    try {
      await this.tokens.current();
      if (isRetry) await this.api.me();
      return true;
    } catch (error) {
      if (error instanceof Failure && error.isPassing) throw error;
      return false;
    }
  }

  private connectionChanged(connection: Connection, retryAt: number | null): void {
    this.connection = connection;
    this.retryAt = retryAt;
    if (connection === "open") this.isReady = true;
  }
}

export const [useApplication, provideApplication] = createContext<Application>();

function gatewayAddress(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;
}
