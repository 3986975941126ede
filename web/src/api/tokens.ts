// The access token exists only in this module's object; the refresh token lives in a cookie that no script can read.
// All tabs share that cookie, so one tab at a time exchanges it (Web Locks) and sends the others the new access token
// (BroadcastChannel). A refresh token that was already exchanged is never sent again.
import type { Login, User } from "./types";
import { failureFrom, foreign, unreachable } from "./failure";

export interface Grant {
  token: string;
  expiresAt: number;
  user: User;
}

/** `isForeign` if the refresh cookie turned out to be of another account. */
type Ended = { kind: "ended"; isWanted: boolean; isForeign: boolean };

export type Announcement = { kind: "granted"; grant: Grant } | Ended;

/** What the tokens need to know of the session. */
export interface Holder {
  /** Another tab announced this. */
  received: (announcement: Announcement) => void;
  /** Whether a refresh may continue as this user. Another host of the domain may have set the cookie. */
  isExpected: (user: User) => boolean;
  /** The session cannot be extended any more. */
  ended: (isForeign: boolean) => void;
}

const CHANNEL = "coterie-session";
const EARLY_MS = 60_000;
const ASSUMED_LIFETIME_MS = 10 * 60_000;

export class Tokens {
  private grant: Grant | null = null;
  private readonly channel = new BroadcastChannel(CHANNEL);

  constructor(private readonly holder: Holder) {
    this.channel.onmessage = (event: MessageEvent<Announcement>) => {
      this.grant = event.data.kind === "granted" ? event.data.grant : null;
      holder.received(event.data);
    };
  }

  adopt(login: Login): Grant {
    const token = login.access_token;
    this.grant = { token, expiresAt: expiryOf(token), user: login.user };
    this.announce({ kind: "granted", grant: this.grant });
    return this.grant;
  }

  get user(): User | undefined {
    return this.grant?.user;
  }

  /** `isWanted` is true when the user logged out. */
  forget(isWanted = true, isForeign = false): void {
    this.grant = null;
    this.announce({ kind: "ended", isWanted, isForeign });
  }

  /** A token that remains valid for a while, renewed if necessary. */
  async current(): Promise<string> {
    if (this.isFresh()) return this.grant!.token;
    return (await this.renew(this.grant?.token ?? null)).token;
  }

  /** Replaces `refused`, unless another tab has already done so. */
  async renew(refused: string | null): Promise<Grant> {
    return alone(async () => {
      if (this.grant && this.grant.token !== refused && this.isFresh()) return this.grant;
      return this.exchange();
    });
  }

  private isFresh(): boolean {
    return this.grant !== null && this.grant.expiresAt - EARLY_MS > Date.now();
  }

  private async exchange(): Promise<Grant> {
    const response = await postJson("/api/auth/refresh", {});
    if (response.ok) return this.judge((await response.json()) as Login);
    const failure = await failureFrom(response);
    if (!failure.isPassing) this.end(false);
    throw failure;
  }

  private judge(login: Login): Grant {
    if (this.holder.isExpected(login.user)) return this.adopt(login);
    this.end(true);
    throw foreign();
  }

  private end(isForeign: boolean): void {
    this.forget(false, isForeign);
    this.holder.ended(isForeign);
  }

  private announce(announcement: Announcement): void {
    this.channel.postMessage(announcement);
  }
}

export async function postJson(path: string, body: unknown): Promise<Response> {
  try {
    return await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw unreachable();
  }
}

/** Web Locks exist in secure contexts only; on plain HTTP in a home network, tabs are not coordinated. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  if (!("locks" in navigator)) return work();
  return navigator.locks.request(CHANNEL, work);
}

/** When a JWT expires, in milliseconds since 1970; a token without a readable date is renewed early. */
export function expiryOf(token: string): number {
  try {
    const claims = token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/");
    const { exp } = JSON.parse(atob(claims)) as { exp?: number };
    if (typeof exp === "number") return exp * 1000;
  } catch {
    // Not a JWT: the assumed lifetime below applies.
  }
  return Date.now() + ASSUMED_LIFETIME_MS;
}
