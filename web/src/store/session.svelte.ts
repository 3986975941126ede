// The session of this browser: starts from the cookie, follows what other tabs do, and ends for good.
import { Api, login, register } from "../api/api";
import { Failure } from "../api/failure";
import { authorized, createHttp } from "../api/http";
import { Tokens, type Announcement } from "../api/tokens";
import { upload, type UploadOptions } from "../api/upload";
import type { Credentials, Id, Login, Registration, User } from "../api/types";
import { text } from "../text/texts";
import { forgetDocuments } from "./local/documents";
import { forgetPersonal, keep, recall } from "./storage";

export type Stage = "starting" | "signed-out" | "signed-in";

export interface SessionEvents {
  /** Shows what this browser stored of an account; returns the account, or null if nothing was stored. */
  recalled: (user: Id) => Promise<User | null>;
  entered: (user: User) => Promise<void>;
  /** The user logs out: what still needs the session. */
  leaving: () => Promise<void>;
  /** `reason` is shown to the user, or null if they know it; `isWanted` if they logged out. */
  ended: (reason: string | null, isWanted: boolean) => void;
}

/** Records whose session was here, so that a first visit does not request one from the server. */
const HINT = "coterie-signed-in";
/** Whether this browser has a session, as far as it knows without the server. */
export const isRemembered = (): boolean => recall(HINT) !== null;

const RETRY_START_MS = 3_000;

export class Session {
  stage = $state<Stage>("starting");
  user = $state<User | null>(null);

  private readonly tokens = new Tokens({
    received: (announcement) => this.receive(announcement),
    isExpected: (user) => (recall(HINT) ?? this.user?.id ?? user.id) === user.id,
    ended: (isForeign) => this.end(isForeign ? text.errors.anotherAccount : text.errors.sessionEnded, false),
  });
  readonly api = new Api(createHttp(this.tokens));

  /** For requests outside of the API calls: streams, and the texts of documents. */
  readonly send = (request: Request): Promise<Response> => authorized(this.tokens, request);

  constructor(private readonly events: SessionEvents) {}

  /**
   * Continues this browser's session, if there is one: with stored state before the network responds, or else as soon
   * as the server is reachable. What is stored is read while the texts load; what may fail waits for them.
   */
  async start(texts: Promise<void>): Promise<void> {
    const owner = recall(HINT);
    const user = owner && (await this.events.recalled(owner));
    await texts;
    if (user) await this.enter(user);
    else if (owner) await this.renew();
    else this.stage = "signed-out";
  }

  private async renew(): Promise<void> {
    try {
      await this.enter((await this.tokens.renew(null)).user);
    } catch (error) {
      if (error instanceof Failure && error.isPassing) setTimeout(() => void this.renew(), RETRY_START_MS);
      else this.end(null, false);
    }
  }

  async login(credentials: Credentials): Promise<void> {
    await this.begin(await login(credentials));
  }

  /** With the server's answer to a login, however many steps it took. */
  async begin(login: Login): Promise<void> {
    await this.enter(this.tokens.adopt(login).user);
  }

  async register(registration: Registration): Promise<void> {
    await this.begin(await register(registration));
  }

  async logout(): Promise<void> {
    await this.events.leaving();
    await this.api.logout().catch((error: unknown) => {
      if (!(error instanceof Failure && error.status === 401)) throw error;
    });
    this.tokens.forget();
    forgetDocuments();
    this.end(null, true);
  }

  /**
   * Ensures that the session is valid before a socket is opened; `byAsking` asks the server instead of only checking
   * the expiry. Returns false if it has ended, throws if that is unknown now.
   */
  async confirm(byAsking: boolean): Promise<boolean> {
    try {
      await this.tokens.current();
      if (this.isAnother(this.tokens.user)) return false;
      if (byAsking) await this.api.me();
      return true;
    } catch (error) {
      if (error instanceof Failure && error.isPassing) throw error;
      return false;
    }
  }

  /** Sends a form with files, with this session's token. */
  async upload(path: string, form: FormData, options: Omit<UploadOptions, "token"> = {}): Promise<unknown> {
    return upload(path, form, { ...options, token: await this.tokens.current() });
  }

  private async enter(user: User): Promise<void> {
    keep(HINT, user.id);
    this.user = user;
    await this.events.entered(user);
    if (this.user) this.stage = "signed-in";
  }

  private end(reason: string | null, isWanted: boolean): void {
    if (this.stage === "signed-out") return;
    keep(HINT, null);
    forgetPersonal();
    this.stage = "signed-out";
    this.user = null;
    this.events.ended(reason, isWanted);
  }

  /** Someone else logged in with this browser: the page reloads for them. */
  private isAnother(user: User | undefined): boolean {
    if (!user || !this.user || user.id === this.user.id) return false;
    forgetPersonal();
    keep(HINT, user.id);
    location.reload();
    return true;
  }

  private receive(announcement: Announcement): void {
    if (announcement.kind === "ended")
      this.end(announcement.isForeign ? text.errors.anotherAccount : null, announcement.isWanted);
    else if (this.stage === "signed-out") void this.enter(announcement.grant.user);
    else this.isAnother(announcement.grant.user);
  }
}
