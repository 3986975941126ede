// What the browser stores of documents, for each user and copy: the text that the server had, and the edits made on it.
// A record holds the changes since a text that is stored once for many records, in the transaction of the first. Each
// function here is one transaction, so unsent edits can never be mistaken for text that was only read.
import type { Document } from "../api/documents";
import type { Id } from "../api/types";
import { DOCUMENTS, ORIGINS, RECORDS, nameOf } from "../store/local/documents";
import { contentOf } from "./points";
import type { Kept, Origin, Since } from "./replica";

export interface About {
  title: string;

  /** The epoch in which the copy was made. */
  epoch: string | null;

  /** The document's last known record; missing in what earlier versions stored. */
  document?: Document | null;
}

export interface Stored {
  key: string;
  user: Id;
  document: Id;
  tab: string;
  savedAt: number;
  about: About;
  origin: string;
  since: Since;

  /** When a user last looked at it; missing in what earlier versions stored. */
  readAt?: number;

  /** The length of its texts; missing in what earlier versions stored. */
  length?: number;

  /** Whether everything in it is acknowledged. */
  isRead?: boolean;
}

/** A record with the text that it builds on. */
export interface Left extends Omit<Stored, "origin" | "since"> {
  kept: Kept;
}

interface Stores {
  records: IDBObjectStore;
  origins: IDBObjectStore;
}

export type Write = (stores: Stores) => void;

const VERSION = 2;
let opened: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  return (opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DOCUMENTS, VERSION);
    request.onupgradeneeded = () => {
      for (const name of request.result.objectStoreNames) request.result.deleteObjectStore(name);
      request.result.createObjectStore(RECORDS, { keyPath: "key" });
      request.result.createObjectStore(ORIGINS);
    };
    request.onerror = () => reject(request.error ?? new Error("no storage"));
    request.onsuccess = () => {
      request.result.onversionchange = () => {
        request.result.close();
        opened = null;
      };
      resolve(request.result);
    };
  }));
}

export async function commit(write: Write): Promise<void> {
  const transaction = (await database()).transaction([RECORDS, ORIGINS], "readwrite");
  write({ records: transaction.objectStore(RECORDS), origins: transaction.objectStore(ORIGINS) });
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error ?? new Error("not stored"));
  });
}

const allOf = (key: string): IDBKeyRange => IDBKeyRange.bound(`${key}/`, `${key}/\uffff`);

export const storing =
  (record: Stored, { id, text }: Origin): Write =>
  ({ records, origins }) => {
    records.put(record);
    const known = origins.getKey(nameOf(record.key, id));
    known.onsuccess = () => {
      if (known.result !== undefined) return;
      origins.delete(allOf(record.key));
      origins.put(contentOf(text), nameOf(record.key, id));
    };
  };

/**
 * Stores a record, and its text unless that was stored a moment ago. It reads nothing, so unlike `storing` it completes
 * even if the page ends right after: a transaction that waits for a result is rolled back with the page.
 */
export async function hastily(record: Stored, origin: Origin | null): Promise<void> {
  await commit(({ records, origins }) => {
    records.put(record);
    if (origin) origins.put(contentOf(origin.text), originOf(record));
    records.transaction.commit();
  }).catch(() => undefined);
}

export const erasing =
  (key: string): Write =>
  ({ records, origins }) => {
    records.delete(key);
    origins.delete(allOf(key));
  };

/**
 * All records except those that are `unwanted`, which are deleted together with texts that no other record builds on.
 */
export async function everything(unwanted: (all: Stored[]) => Stored[] = () => []): Promise<Stored[]> {
  let left: Stored[] = [];
  await commit((stores) => {
    const request = stores.records.getAll() as IDBRequest<Stored[]>;
    request.onsuccess = () => {
      const gone = new Set(unwanted(request.result).map(({ key }) => key));
      for (const key of gone) stores.records.delete(key);
      left = request.result.filter(({ key }) => !gone.has(key));
      discardOrigins(stores.origins, new Set(left.map(originOf)));
    };
  });
  return left;
}

function discardOrigins(origins: IDBObjectStore, needed: ReadonlySet<string>): void {
  const names = origins.getAllKeys();
  names.onsuccess = () => {
    for (const name of names.result) if (!needed.has(name as string)) origins.delete(name);
  };
}

/** With the text that it builds on; null if that no longer exists. */
export async function recalled(record: Stored): Promise<Left | null> {
  let text: string | undefined;
  await commit(({ origins }) => {
    const request = origins.get(originOf(record)) as IDBRequest<string | undefined>;
    request.onsuccess = () => (text = request.result);
  });
  return text === undefined ? null : leftOf(record, text);
}

/**
 * Gives a record another key and tab, in its present state: of several tabs that want it, one gets it, and the others
 * get null.
 */
export async function moved(old: string, key: string, tab: string): Promise<Left | null> {
  let left: Left | null = null;
  await commit((stores) => {
    const found = stores.records.get(old) as IDBRequest<Stored | undefined>;
    found.onsuccess = () => {
      if (!found.result) return;
      const record = { ...found.result, key, tab };
      const text = stores.origins.get(originOf(found.result)) as IDBRequest<string | undefined>;
      text.onsuccess = () => {
        if (text.result === undefined) return;
        erasing(old)(stores);
        stores.records.put(record);
        stores.origins.put(text.result, originOf(record));
        left = leftOf(record, text.result);
      };
    };
  });
  return left;
}

const originOf = ({ key, origin }: Stored): string => nameOf(key, origin);

function leftOf({ origin: _, since, ...rest }: Stored, origin: string): Left {
  return { ...rest, kept: { ...since, origin } };
}
