// Through which servers a call connects, asked for again before the credentials for the TURN server end.
//
// A relay that is in use outlives its credentials, so a renewal interrupts nothing. A connection that has to find
// another way, because the network has changed, uses the newest ones.
import type { IceServers } from "../api/types";
import type { Choices } from "./choices.svelte";

const RETRY_MS = 60_000;

export interface IceNeeds {
  fetch: () => Promise<IceServers>;
  choices: Pick<Choices, "hidesAddress">;
  /** There are new credentials: connections that find another way from now on need them. */
  renewed: (configuration: RTCConfiguration) => void;
}

export class Ice {
  private answer = $state.raw<IceServers | null>(null);
  private fetchedAt = 0;
  private pending: Promise<void> | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private hasEnded = false;

  constructor(private readonly needs: IceNeeds) {}

  /** Whether the operator has set up a TURN server; true until it is known. */
  get hasTurn(): boolean {
    return !this.answer?.missing.includes("turn");
  }

  /** Whether everything goes through the TURN server: the operator, or the user, hides addresses. */
  get isRelayed(): boolean {
    return this.needs.choices.hidesAddress || (this.answer?.relay_only ?? false);
  }

  get configuration(): RTCConfiguration {
    return {
      iceServers: this.answer?.iceServers ?? [],
      iceTransportPolicy: this.isRelayed ? "relay" : "all",
    };
  }

  async fetch(): Promise<RTCConfiguration> {
    const asked = Date.now();
    this.answer = await this.needs.fetch();
    this.fetchedAt = asked;
    this.renewIn(this.dueMs);
    return this.configuration;
  }

  /** Renews the credentials if half their time is over: after a sleep, the timer may be late. Never throws. */
  async renewIfDue(): Promise<void> {
    if (Date.now() - this.fetchedAt >= this.dueMs) await this.renew();
  }

  end(): void {
    this.hasEnded = true;
    clearTimeout(this.timer);
  }

  /** At most once at a time, however many connections ask. */
  private renew(): Promise<void> {
    this.pending ??= this.tryToRenew().finally(() => (this.pending = null));
    return this.pending;
  }

  private async tryToRenew(): Promise<void> {
    try {
      this.needs.renewed(await this.fetch());
    } catch {
      this.renewIn(RETRY_MS); // The server cannot be reached for the moment; the old credentials are still good.
    }
  }

  private get dueMs(): number {
    return Math.max(RETRY_MS, (this.answer?.ttl ?? 0) * 500);
  }

  private renewIn(milliseconds: number): void {
    clearTimeout(this.timer);
    if (!this.hasEnded) this.timer = setTimeout(() => void this.renew(), milliseconds);
  }
}
