// Where this browser stores the texts of documents. This module has only what login and logout need;
// documents/records.ts, which reads and writes them, is loaded with the first document.
import { openDB } from "idb";

/** The part of a stored document that says whether it was only read. */
interface StoredDocument {
  key: string;
  origin: string;
  isRead?: boolean;
}

export const DOCUMENTS = "coterie-documents";
export const RECORDS = "unsent";
export const ORIGINS = "origins";

export const nameOf = (key: string, origin: string): string => `${key}/${origin}`;

/**
 * Whether documents were ever opened here, so that the code that looks for unsent edits must be loaded. A flag in local
 * storage would be lost if the browser is killed, and with it what was written just before.
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
    // Without storage there is nothing to delete.
  }
}

/** Deletes what was only read; unsent edits stay, with the text that they build on. */
export async function forgetReadDocuments(): Promise<void> {
  if (!(await wroteDocuments())) return;
  const database = await openDB(DOCUMENTS);
  try {
    const transaction = database.transaction([RECORDS, ORIGINS], "readwrite");
    const [records, origins] = [transaction.objectStore(RECORDS), transaction.objectStore(ORIGINS)];
    for (const { key, origin, isRead } of (await records.getAll()) as StoredDocument[])
      if (isRead) await Promise.all([records.delete(key), origins.delete(nameOf(key, origin))]);
    await transaction.done;
  } finally {
    database.close();
  }
}
