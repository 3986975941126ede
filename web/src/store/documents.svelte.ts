// The documents of each channel and conversation, as far as they were asked for. Their texts are no part of this: what
// it takes to read and write them is loaded when somebody opens one.
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { Document, DocumentCalls } from "../api/documents";
import type { Id } from "../api/types";
import type { Paper } from "../documents/paper.svelte";
import type * as Reading from "../documents/reading";
import type { Application } from "./application.svelte";
import { wroteDocuments } from "./drafts";

export class Documents {
  /** What is open, or closed again and has something left to send. */
  readonly papers = new Map<Id, Paper>();

  /** Besides those all that only sends what was left of an earlier visit. */
  readonly all = new Set<Paper>();
  private readonly known = new SvelteMap<Id, Document>();
  private readonly loaded = new SvelteSet<string>();
  private readonly asked = new Set<string>();

  /** What events told of while lists were on their way, which may be older. */
  private readonly told = new Set<Id>();

  /** Grows when what is shown has to be asked for again. */
  round = $state(0);

  constructor(private readonly api: DocumentCalls) {}

  of(id: Id): Document | undefined {
    return this.known.get(id);
  }

  /** Pinned ones first, then what changed last. */
  in(place: Id, isArchived = false): Document[] {
    const own = [...this.known.values()].filter((each) => each.channel_id === place);
    const rank = (each: Document) => (each.is_pinned ? 0 : 1);
    return own
      .filter((each) => each.is_archived === isArchived)
      .sort((a, b) => rank(a) - rank(b) || b.updated_at.localeCompare(a.updated_at));
  }

  isLoaded(place: Id, isArchived = false): boolean {
    return this.loaded.has(keyOf(place, isArchived));
  }

  /** Asks for the documents of a place, unless they are known. */
  async load(place: Id, isArchived = false): Promise<void> {
    const key = keyOf(place, isArchived);
    if (this.asked.has(key)) return;
    this.asked.add(key);
    this.told.clear();
    try {
      const found = await this.api.in(place, isArchived);
      for (const { id } of this.in(place, isArchived)) if (!this.told.has(id)) this.known.delete(id);
      for (const each of found) if (!this.told.has(each.id)) this.known.set(each.id, each);
      this.loaded.add(key);
    } catch (error) {
      this.asked.delete(key);
      throw error;
    }
  }

  put(document: Document): void {
    this.told.add(document.id);
    this.known.set(document.id, document);
  }

  drop(id: Id): void {
    this.told.add(id);
    this.known.delete(id);
    void this.inKept(({ forgetRead }) => forgetRead(id));
  }

  /** Without a network: what was known of documents whose texts are kept. */
  recall(documents: Document[]): void {
    for (const each of documents) if (!this.known.has(each.id)) this.known.set(each.id, each);
  }

  async recallIn(user: Id, place: Id): Promise<void> {
    await this.inKept(async ({ readIn }) => this.recall(await readIn(user, place)));
  }

  /** Something may have been missed: what is looked at is asked for again. */
  markStale(): void {
    this.asked.clear();
    this.round += 1;
  }

  /** The connection is there: sends what an earlier visit could not. */
  ready(app: Application): void {
    this.markStale();
    for (const paper of this.all) paper.ready(app.following.epoch);
    const isOpen = (place: Id) => app.positions.of(place) !== undefined;
    void this.inKept(async ({ retain }) => {
      await retain(isOpen);
      await (await import("../documents/papers")).deliverAbandoned(app);
    });
  }

  /** With what looks after the kept texts, if there may be any. */
  private async inKept(work: (reading: typeof Reading) => Promise<void>): Promise<void> {
    try {
      if (await wroteDocuments()) await work(await import("../documents/reading"));
    } catch {
      // Not loaded now; the next connection tries again.
    }
  }

  clear(): void {
    for (const paper of this.all) paper.close(true);
    this.all.clear();
    this.papers.clear();
    this.known.clear();
    this.loaded.clear();
    this.asked.clear();
  }
}

const keyOf = (place: Id, isArchived: boolean): string => `${place}${isArchived ? "/archived" : ""}`;
