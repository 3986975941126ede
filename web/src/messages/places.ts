// Where the user was in channels that they left in the past. Kept with the tab, so that a reload leads there too.
import type { Id } from "../api/types";
import type { Anchor } from "./scrolling.svelte";

const KEY = "coterie-reading-places";
const MOST = 50;

export class ReadingPlaces {
  private readonly all = kept();

  get(channel: Id): readonly Anchor[] | undefined {
    return this.all.get(channel);
  }

  set(channel: Id, place: readonly Anchor[]): void {
    this.all.delete(channel);
    this.all.set(channel, place);
    if (this.all.size > MOST) this.all.delete(this.all.keys().next().value!);
    this.keep();
  }

  delete(channel: Id): void {
    if (this.all.delete(channel)) this.keep();
  }

  clear(): void {
    this.all.clear();
    this.keep();
  }

  private keep(): void {
    try {
      if (this.all.size) sessionStorage.setItem(KEY, JSON.stringify([...this.all]));
      else sessionStorage.removeItem(KEY);
    } catch {
      // Storage is full or forbidden: the places last as long as the page.
    }
  }
}

function kept(): Map<Id, readonly Anchor[]> {
  try {
    return new Map(JSON.parse(sessionStorage.getItem(KEY) ?? "[]") as [Id, readonly Anchor[]][]);
  } catch {
    return new Map();
  }
}
