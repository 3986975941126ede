// The user's notification levels, by place, as the server stores them for all their devices. A channel without its own
// level uses its server's; muting a server mutes its channels.
import { SvelteMap } from "svelte/reactivity";
import type { Api } from "../api/api";
import type { Id, NotificationLevel, NotificationPlace } from "../api/types";
import { answered } from "../api/http";
import { listOf, remember } from "../store/preferences";

export type Level = "all" | "mentions" | "nothing";

const NEW_SERVERS = "new-servers-level";

/** For users who mute a place until they unmute it. */
export const FOREVER = "9999-12-31T00:00:00Z";

/** The longest timer that browsers allow. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

type Choice = Required<Pick<NotificationLevel, "level" | "muted_until">>;

export class Levels {
  private preferred = $state<Level | null>(null);
  private readonly held = new SvelteMap<Id, NotificationLevel>();
  private now = $state(Date.now());
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: Api,
    private readonly me: () => Id,
  ) {}

  adopt(levels: NotificationLevel[]): void {
    this.held.clear();
    for (const level of levels) this.held.set(level.place_id, level);
    this.wait();
  }

  all(): NotificationLevel[] {
    return [...this.held.values()];
  }

  put(level: NotificationLevel): void {
    if (!level.level && !level.muted_until) this.held.delete(level.place_id);
    else this.held.set(level.place_id, level);
    this.wait();
  }

  drop(place: Id): void {
    this.held.delete(place);
  }

  /** What is set for the place itself. */
  own(place: Id): Choice {
    const { level = null, muted_until = null } = this.held.get(place) ?? {};
    return { level, muted_until };
  }

  level(place: Id, server: Id | null): Level {
    return this.own(place).level ?? (server ? this.own(server).level : null) ?? "all";
  }

  isMuted(place: Id, server: Id | null): boolean {
    return [place, server].some((id) => id && this.endOf(id) > this.now);
  }

  /** The level that servers get when the user joins them on this device. */
  ofNewServers(): Level {
    return this.preferred ?? (listOf(this.me(), NEW_SERVERS)[0] as Level | undefined) ?? "all";
  }

  chooseForNewServers(level: Level): void {
    this.preferred = level;
    remember(this.me(), NEW_SERVERS, level, 1);
  }

  /** The user joined a server here; one that they were in before keeps its level. */
  async joined(server: Id): Promise<void> {
    const level = this.ofNewServers();
    if (level !== "all" && !this.own(server).level) await this.set({ id: server, kind: "server" }, { level });
  }

  /** Whether a message there leads to a notification. */
  notifies(place: Id, server: Id | null, isMention: boolean): boolean {
    if (this.isMuted(place, server)) return false;
    const level = this.level(place, server);
    return level === "all" || (level === "mentions" && isMention);
  }

  /** Whether unread messages there show a badge. */
  shows(place: Id, server: Id | null): boolean {
    return !this.isMuted(place, server) && this.level(place, server) !== "nothing";
  }

  /** Whether mentions there are counted in the badge: muting alone does not hide them. */
  counts(place: Id, server: Id | null): boolean {
    return this.level(place, server) !== "nothing";
  }

  async set({ id, kind }: NotificationPlace, change: Partial<Choice>): Promise<void> {
    const body = { ...this.own(id), ...change };
    this.put(await this.send(kind, id, body));
  }

  async refetch(): Promise<void> {
    this.adopt(await answered(this.api.http.GET("/api/users/@me/notifications")));
  }

  clear(): void {
    clearTimeout(this.timer);
    this.preferred = null;
    this.held.clear();
  }

  private endOf(place: Id): number {
    const end = this.held.get(place)?.muted_until;
    return end ? Date.parse(end) : 0;
  }

  /** Checks again when the next mute ends. */
  private wait(): void {
    clearTimeout(this.timer);
    this.now = Date.now();
    const ends = [...this.held.keys()].map((id) => this.endOf(id)).filter((end) => end > this.now);
    if (ends.length)
      this.timer = setTimeout(() => this.wait(), Math.min(Math.min(...ends) - this.now, LONGEST_WAIT_MS));
  }

  private send(kind: NotificationPlace["kind"], id: Id, body: Choice): Promise<NotificationLevel> {
    const { http } = this.api;
    if (kind === "server")
      return answered(
        http.PUT("/api/servers/{server_id}/notifications", { params: { path: { server_id: id } }, body }),
      );
    return answered(
      http.PUT("/api/channels/{channel_id}/notifications", { params: { path: { channel_id: id } }, body }),
    );
  }
}
