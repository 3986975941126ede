// What is being written, kept for each channel of the person who is logged in: in the browser's database, since a local
// storage is written to the disk only now and then, and loses what was typed last when the browser ends suddenly.
import { openDB } from "idb";
import type { Answered, Id } from "../api/types";
import type { LocalDatabase } from "./local/database";

/** What says of a kept document whether it was only read. */
interface KeptDocument {
  key: string;
  origin: string;
  isRead?: boolean;
}

export class Drafts {
  private readonly held = new Map<Id, string>();

  constructor(
    private readonly local: LocalDatabase,
    private readonly answering: Map<Id, Answered>,
  ) {}

  of(place: Id): string {
    return this.held.get(place) ?? "";
  }

  /** With the message that it answers. */
  keep(place: Id, content: string): void {
    if (content) this.held.set(place, content);
    else this.held.delete(place);
    const { id, author_id } = this.answering.get(place) ?? {};
    const answers = id ? { id, author_id: author_id ?? null } : null;
    void (content
      ? this.local.put("drafts", { id: place, content, answers })
      : this.local.drop("drafts", place));
  }

  async recall(): Promise<void> {
    for (const { id, content, answers } of await this.local.all("drafts")) {
      this.held.set(id, content);
      if (answers) this.answering.set(id, answers);
    }
  }

  clear(): void {
    this.held.clear();
  }
}

/** Where texts of documents are kept: see documents/records.ts. */
export const DOCUMENTS = "coterie-documents";
export const RECORDS = "unsent";
export const ORIGINS = "origins";

export const nameOf = (key: string, origin: string): string => `${key}/${origin}`;

/**
 * Whether documents were ever opened here, so that what looks for the unsent has to be loaded. A mark in the local
 * storage would be lost with the browser, and with it what was written just before.
 */
export async function wroteDocuments(): Promise<boolean> {
  try {
    return (await indexedDB.databases()).some(({ name }) => name === DOCUMENTS);
  } catch {
    return true;
  }
}

export function forgetDocuments(): void {
  try {
    indexedDB.deleteDatabase(DOCUMENTS);
  } catch {
    // Where nothing may be kept there is nothing to forget.
  }
}

/** What was only read goes; what was written and is not sent stays with the text that it builds on. */
export async function forgetReadDocuments(): Promise<void> {
  if (!(await wroteDocuments())) return;
  const database = await openDB(DOCUMENTS);
  try {
    const transaction = database.transaction([RECORDS, ORIGINS], "readwrite");
    const [records, origins] = [transaction.objectStore(RECORDS), transaction.objectStore(ORIGINS)];
    for (const { key, origin, isRead } of (await records.getAll()) as KeptDocument[])
      if (isRead) await Promise.all([records.delete(key), origins.delete(nameOf(key, origin))]);
    await transaction.done;
  } finally {
    database.close();
  }
}
