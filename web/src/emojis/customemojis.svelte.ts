// The emoji of servers, fetched when first needed and kept up to date by events.
import { untrack } from "svelte";
import { SvelteMap } from "svelte/reactivity";
import type { Api } from "../api/api";
import type { Id } from "../api/types";
import type { ServerEmojis } from "../emoji/serveremojis";
import { emojiCalls, type CustomEmoji } from "./api";

const NONE: CustomEmoji[] = [];

export class CustomEmojis implements ServerEmojis {
  private readonly held = new SvelteMap<Id, CustomEmoji[]>();
  private readonly asked = new Set<Id>();

  constructor(private readonly api: Api) {}

  of(server: Id | null): CustomEmoji[] {
    return (server && this.held.get(server)) || NONE;
  }

  named(server: Id | null, name: string): CustomEmoji | undefined {
    untrack(() => this.ensure(server));
    return this.of(server).find((each) => each.name === name);
  }

  byId(id: Id): CustomEmoji | undefined {
    for (const list of this.held.values()) {
      const found = list.find((each) => each.id === id);
      if (found) return found;
    }
    return undefined;
  }

  /** Fetches a server's emoji, once per connection. If that fails, the next connection retries. */
  ensure(server: Id | null): void {
    if (!server || this.asked.has(server)) return;
    this.asked.add(server);
    emojiCalls(this.api)
      .of(server)
      .then(
        (list) => this.held.set(server, list),
        () => this.asked.delete(server),
      );
  }

  /** Something may have been missed. */
  markStale(): void {
    this.asked.clear();
  }

  put(emoji: CustomEmoji): void {
    this.change(emoji.server_id, (list) => [...list.filter(({ id }) => id !== emoji.id), emoji]);
  }

  drop(server: Id, emoji: Id): void {
    this.change(server, (list) => list.filter(({ id }) => id !== emoji));
  }

  clear(): void {
    this.held.clear();
    this.asked.clear();
  }

  private change(server: Id, to: (list: CustomEmoji[]) => CustomEmoji[]): void {
    const list = this.held.get(server);
    if (list) this.held.set(server, to(list));
    else this.asked.delete(server);
  }
}
