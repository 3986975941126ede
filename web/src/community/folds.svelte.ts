// The categories that a user has folded in a server's list of channels, stored in this browser until they log out.
import { SvelteMap } from "svelte/reactivity";
import type { Id } from "../api/types";
import { keepList, listOf } from "../store/preferences";

const NAME = "folded";
const MOST = 500;
const keyOf = (server: Id, category: string): string => `${server} ${category}`;

export class Folds {
  private readonly held = new SvelteMap<Id, readonly string[]>();

  constructor(private readonly me: () => Id | undefined) {}

  has(server: Id, category: string | null): boolean {
    return category !== null && this.all().includes(keyOf(server, category));
  }

  turn(server: Id, category: string): void {
    const user = this.me();
    if (!user) return;
    const key = keyOf(server, category);
    const rest = this.all().filter((each) => each !== key);
    const next = rest.length < this.all().length ? rest : [key, ...rest].slice(0, MOST);
    this.held.set(user, next);
    keepList(user, NAME, next);
  }

  private all(): readonly string[] {
    const user = this.me();
    return user ? (this.held.get(user) ?? listOf(user, NAME)) : [];
  }
}
