// What was written in documents and is not acknowledged, kept in the browser for each person and copy, over reloads and
// restarts. A record is committed before this answers. Without a storage that works nothing else changes.
import type { Id } from "../api/types";
import { DOCUMENTS, UNSENT } from "../store/drafts";
import { makeKey } from "../store/identity";
import { keep, recall } from "../store/storage";
import type { Kept } from "./replica";

export interface Record {
  key: string;
  user: Id;
  document: Id;
  tab: string;
  savedAt: number;
  kept: Kept;
}

const STORE = "unsent";

const OWN_TAB = "coterie-tab";
const ABANDONED_MS = 60_000;
const PATIENCE_MS = 1_000;

const tab = makeKey();
let opened: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  return (opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DOCUMENTS, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
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

async function commit(deed: (store: IDBObjectStore) => void): Promise<void> {
  const transaction = (await database()).transaction(STORE, "readwrite");
  deed(transaction.objectStore(STORE));
  transaction.commit();
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error ?? new Error("not stored"));
  });
}

const keyOf = (user: Id, document: Id, peer: string): string => `${user}/${document}/${peer}`;

/** `peer` names the copy, and no other ever. */
export async function save(user: Id, document: Id, peer: string, kept: Kept): Promise<void> {
  hold();
  keep(UNSENT, "1");
  const record: Record = { key: keyOf(user, document, peer), user, document, tab, savedAt: Date.now(), kept };
  await atMost(commit((store) => store.put(record)));
}

export async function drop(user: Id, document: Id, peer: string): Promise<void> {
  if (recall(UNSENT) !== null) await remove(keyOf(user, document, peer));
}

export const remove = (key: string): Promise<void> => atMost(commit((store) => store.delete(key)));

/** A storage that fails or hangs shall not keep what was written from the server. */
async function atMost(work: Promise<void>): Promise<void> {
  const tired = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([work.catch(() => undefined), tired]);
}

/** What a person left behind in tabs that are gone, oldest first. */
export async function abandoned(user: Id): Promise<Record[]> {
  if (recall(UNSENT) === null) return [];
  const all = await everything().catch(() => []);
  if (all.length === 0) keep(UNSENT, null);
  const own = all.filter((record) => record.user === user && record.tab !== tab);
  const gone = await Promise.all(own.map(isAbandoned));
  return own.filter((_, index) => gone[index]).sort((a, b) => a.savedAt - b.savedAt);
}

async function everything(): Promise<Record[]> {
  const request = (await database()).transaction(STORE).objectStore(STORE).getAll();
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as Record[]);
    request.onerror = () => reject(request.error ?? new Error("not read"));
  });
}

const lockOf = (owner: string): string => `${DOCUMENTS}-${owner}`;
let isHeld = false;

/** Shows other tabs that this one lives, as long as it does. */
function hold(): void {
  if (isHeld) return;
  isHeld = true;
  sessionStorage.setItem(OWN_TAB, tab);
  if ("locks" in navigator) void navigator.locks.request(lockOf(tab), () => new Promise(() => undefined));
}

/**
 * Whether nobody speaks for a record any more. Web Locks exist in secure contexts only; elsewhere what this very tab
 * left before it was loaded again is known, and the rest by its age.
 */
async function isAbandoned(record: Record): Promise<boolean> {
  if (!("locks" in navigator))
    return sessionStorage.getItem(OWN_TAB) === record.tab || Date.now() - record.savedAt > ABANDONED_MS;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return navigator.locks.request(lockOf(record.tab), { signal }, () => true).catch(() => false);
}
