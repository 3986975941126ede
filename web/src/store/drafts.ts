// What is being written, kept for each channel of the person who is logged in: in the browser's database, since a local
// storage is written to the disk only now and then, and loses what was typed last when the browser ends suddenly.
import type { Id } from "../api/types";
import type { LocalDatabase } from "./local/database";
import { keep, recall } from "./storage";

export class Drafts {
  private readonly held = new Map<Id, string>();

  constructor(private readonly local: LocalDatabase) {}

  of(place: Id): string {
    return this.held.get(place) ?? "";
  }

  keep(place: Id, content: string): void {
    if (content) this.held.set(place, content);
    else this.held.delete(place);
    void (content ? this.local.put("drafts", { id: place, content }) : this.local.drop("drafts", place));
  }

  async recall(): Promise<void> {
    for (const { id, content } of await this.local.all("drafts")) this.held.set(id, content);
  }

  clear(): void {
    this.held.clear();
  }
}

/** Says only that something written in documents may not have been sent, so that nobody else has to look. */
export const UNSENT = "coterie-unsent";
export const DOCUMENTS = "coterie-documents";

export function forgetDocuments(): void {
  if (recall(UNSENT) === null) return;
  keep(UNSENT, null);
  indexedDB.deleteDatabase(DOCUMENTS);
}
