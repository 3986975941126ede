// Who is logged in here: begins from the browser's cookie, follows what other tabs do, ends once for all.
import { Api, login, register } from "../api/api";
import { Failure } from "../api/failure";
import { authorized, createHttp } from "../api/http";
import { Tokens, type Announcement } from "../api/tokens";
import { upload, type UploadOptions } from "../api/upload";
import type { Credentials, Registration, User } from "../api/types";
import { text } from "../text/en";
import { forgetDocuments, forgetDrafts } from "./drafts";
import { forgetOwn } from "./own";
import { keep, recall } from "./storage";

export type Stage = "starting" | "signed-out" | "signed-in";

export interface SessionEvents {
  entered: (user: User) => void;
  /** `reason` is for the person, or null when they know it. */
  ended: (reason: string | null) => void;
}

/** Says only that a session was here, so that a first visit does not ask the server for one. */
const HINT = "coterie-signed-in";
const RETRY_START_MS = 3_000;

export class Session {
  stage = $state<Stage>("starting");
  user = $state<User | null>(null);

  private readonly tokens = new Tokens(
    (announcement) => this.heard(announcement),
    () => this.end(text.errors.sessionEnded),
  );
  readonly api = new Api(createHttp(this.tokens));

  /** For what is no call of the interface: streams, and the texts of documents. */
  readonly send = (request: Request): Promise<Response> => authorized(this.tokens, request);

  constructor(private readonly events: SessionEvents) {}

  /** Goes on with the session of this browser, if there is one; waits for a server that is away. */
  async start(): Promise<void> {
    if (recall(HINT) === null) {
      this.stage = "signed-out";
      return;
    }
    try {
      this.enter((await this.tokens.renew(null)).user);
    } catch (error) {
      if (error instanceof Failure && error.isPassing) setTimeout(() => void this.start(), RETRY_START_MS);
      else this.end(null);
    }
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
    forgetDocuments();
    forgetOwn();
    this.end(null);
  }

  /**
   * Makes sure of the session before a socket is opened; with `byAsking` not only by its date. Answers false
   * when it has ended, throws when nobody can tell now.
   */
  async confirm(byAsking: boolean): Promise<boolean> {
    try {
      await this.tokens.current();
      if (byAsking) await this.api.me();
      return true;
    } catch (error) {
      if (error instanceof Failure && error.isPassing) throw error;
      return false;
    }
  }

  /** Sends a form with files in the name of this session. */
  async upload(path: string, form: FormData, options: Omit<UploadOptions, "token"> = {}): Promise<unknown> {
    return upload(path, form, { ...options, token: await this.tokens.current() });
  }

  private enter(user: User): void {
    keep(HINT, "1");
    this.user = user;
    this.events.entered(user);
    this.stage = "signed-in";
  }

  private end(reason: string | null): void {
    if (this.stage === "signed-out") return;
    keep(HINT, null);
    this.stage = "signed-out";
    this.user = null;
    this.events.ended(reason);
  }

  private heard(announcement: Announcement): void {
    if (announcement.kind === "ended") this.end(null);
    else if (this.stage === "signed-out") this.enter(announcement.grant.user);
    else if (this.user && this.user.id !== announcement.grant.user.id) location.reload();
  }
}
