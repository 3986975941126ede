// The documents of each channel and conversation, as far as they were fetched. Their texts are not part of this: the
// code for reading and writing is loaded when a document is opened.
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { Document, DocumentCalls } from "../api/documents";
import type { Id } from "../api/types";
import type { Following } from "../store/following";
import type { Positions } from "../store/positions";
import type { OpenDocument } from "./opendocument.svelte";
import type * as Reading from "./reading";
import { wroteDocuments } from "../store/local/documents";

export interface DocumentNeeds {
  api: DocumentCalls;
  positions: Positions;
  following: Following;
  /** Sends what earlier visits could not send. */
  deliver: () => Promise<void>;
}

export class Documents {
  /** Documents that are open, or closed with something left to send. */
  readonly openDocuments = new Map<Id, OpenDocument>();

  /** Those, and documents that only send what an earlier visit left. */
  readonly all = new Set<OpenDocument>();
  private readonly known = new SvelteMap<Id, Document>();
  private readonly loaded = new SvelteSet<string>();
  private readonly asked = new Set<string>();

  /** Documents whose events arrived while lists were being fetched; the lists may be older. */
  private readonly changed = new Set<Id>();

  /** Increases when what is shown must be fetched again. */
  round = $state(0);

  constructor(private readonly needs: DocumentNeeds) {}

  of(id: Id): Document | undefined {
    return this.known.get(id);
  }

  /** Pinned ones first, then those changed last. */
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

  /** Fetches the documents of a channel or conversation, unless they are known. */
  async load(place: Id, isArchived = false): Promise<void> {
    const key = keyOf(place, isArchived);
    if (this.asked.has(key)) return;
    this.asked.add(key);
    this.changed.clear();
    try {
      const found = await this.needs.api.in(place, isArchived);
      for (const { id } of this.in(place, isArchived)) if (!this.changed.has(id)) this.known.delete(id);
      for (const each of found) if (!this.changed.has(each.id)) this.known.set(each.id, each);
      this.loaded.add(key);
    } catch (error) {
      this.asked.delete(key);
      throw error;
    }
  }

  put(document: Document): void {
    this.changed.add(document.id);
    this.known.set(document.id, document);
  }

  drop(id: Id): void {
    this.changed.add(id);
    this.known.delete(id);
    void this.inKept(({ forgetRead }) => forgetRead(id));
  }

  /** Without a network: the documents whose texts are stored in the browser. */
  recall(documents: Document[]): void {
    for (const each of documents) if (!this.known.has(each.id)) this.known.set(each.id, each);
  }

  async recallIn(user: Id, place: Id): Promise<void> {
    await this.inKept(async ({ readIn }) => this.recall(await readIn(user, place)));
  }

  /** Something may have been missed: what is on the screen is fetched again. */
  markStale(): void {
    this.asked.clear();
    this.round += 1;
  }

  /** Connected: sends what an earlier visit could not send. */
  ready(): void {
    const { positions, following, deliver } = this.needs;
    this.markStale();
    for (const openDocument of this.all) openDocument.ready(following.epoch);
    const isOpen = (place: Id) => positions.of(place) !== undefined;
    void this.inKept(async ({ retain }) => {
      await retain(isOpen);
      await deliver();
    });
  }

  /** Runs `work` with the code for stored texts, if there may be any. */
  private async inKept(work: (reading: typeof Reading) => Promise<void>): Promise<void> {
    try {
      if (await wroteDocuments()) await work(await import("./reading"));
    } catch {
      // Could not be loaded now; the next connection tries again.
    }
  }

  clear(): void {
    for (const openDocument of this.all) openDocument.close(true);
    this.all.clear();
    this.openDocuments.clear();
    this.known.clear();
    this.loaded.clear();
    this.asked.clear();
  }
}

const keyOf = (place: Id, isArchived: boolean): string => `${place}${isArchived ? "/archived" : ""}`;
