// The channels of which the newest messages are kept in this browser: as many as were used last. Which they are is known
// here without asking the database, so that whoever opens another one does not wait for it in vain.
import type { Id } from "../../api/types";
import type { KeptChannel, LocalDatabase } from "./database";

const MOST_CHANNELS = 40;

/** Before this visit; when exactly is learned when it is needed. */
const EARLIER = 0;

export class ChannelShelf {
  /** When each was used last, in milliseconds since 1970; null until it was asked for. */
  private usedAt: Map<Id, number> | null = null;

  constructor(private readonly local: Pick<LocalDatabase, "keys" | "get" | "all" | "put" | "drop">) {}

  /** Learns what is there; to be called once the database of an account was opened. */
  async survey(): Promise<void> {
    const ids = await this.local.keys("channels");
    this.usedAt = new Map(ids.map((id) => [id, EARLIER]));
  }

  async get(channel: Id): Promise<KeptChannel | undefined> {
    return this.usedAt?.has(channel) === false ? undefined : this.local.get("channels", channel);
  }

  /** Keeps it, in place of the one that was not used for the longest time if there are too many. */
  async put(channel: KeptChannel): Promise<void> {
    this.usedAt?.set(channel.id, channel.usedAt);
    await this.local.put("channels", channel);
    await this.makeRoom();
  }

  drop(channel: Id): void {
    this.usedAt?.delete(channel);
    void this.local.drop("channels", channel);
  }

  /** Another account may come. */
  clear(): void {
    this.usedAt = null;
  }

  private async makeRoom(): Promise<void> {
    const { usedAt } = this;
    if (!usedAt || usedAt.size <= MOST_CHANNELS) return;
    if ([...usedAt.values()].includes(EARLIER))
      for (const kept of await this.local.all("channels"))
        if (usedAt.has(kept.id)) usedAt.set(kept.id, kept.usedAt);
    const oldestFirst = [...usedAt].sort(([, a], [, b]) => a - b);
    for (const [id] of oldestFirst.slice(0, -MOST_CHANNELS)) this.drop(id);
  }
}
