// The channels whose newest messages are stored in this browser: those used last. The list is held here, so that
// opening another channel does not wait for the database for nothing.
import type { Id } from "../../api/types";
import type { StoredChannel, LocalDatabase } from "./database";

const MOST_CHANNELS = 40;

/** Before this visit; the exact time is read when it is needed. */
const EARLIER = 0;

export class ChannelCache {
  /** When each was used last, in milliseconds since 1970; null until it is read. */
  private usedAt: Map<Id, number> | null = null;

  constructor(private readonly local: Pick<LocalDatabase, "keys" | "get" | "all" | "put" | "drop">) {}

  /** Reads what is stored; call this once the database of an account is open. */
  async loadIndex(): Promise<void> {
    const ids = await this.local.keys("channels");
    this.usedAt = new Map(ids.map((id) => [id, EARLIER]));
  }

  async get(channel: Id): Promise<StoredChannel | undefined> {
    return this.usedAt?.has(channel) === false ? undefined : this.local.get("channels", channel);
  }

  /** Stores it. If there are too many, it replaces the one that was not used for the longest time. */
  async put(channel: StoredChannel): Promise<void> {
    this.usedAt?.set(channel.id, channel.usedAt);
    await this.local.put("channels", channel);
    await this.makeRoom();
  }

  drop(channel: Id): void {
    this.usedAt?.delete(channel);
    void this.local.drop("channels", channel);
  }

  /** Another account may follow. */
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
