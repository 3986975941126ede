// What is being written, kept for each channel of the person who is logged in: in the browser's database, since a local
// storage is written to the disk only now and then, and loses what was typed last when the browser ends suddenly.
import type { Id } from "../api/types";
import type { LocalDatabase } from "./local/database";

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

export const DOCUMENTS = "coterie-documents";

/**
 * Whether something was ever written in documents here, so that what looks for the unsent has to be loaded. A mark in
 * the local storage would be lost with the browser, and with it what was written just before.
 */
export async function wroteDocuments(): Promise<boolean> {
  try {
    return (await indexedDB.databases()).some(({ name }) => name === DOCUMENTS);
  } catch {
    return true;
  }
}

export function forgetDocuments(): void {
  indexedDB.deleteDatabase(DOCUMENTS);
}
