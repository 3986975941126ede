// What was written in documents and is not acknowledged, kept in the browser for each person and copy, over reloads and
// restarts. A record is committed before this answers. The text that it builds on is stored beside it, once for many
// records, in the transaction of the first of them. Without a storage that works nothing else changes.
import type { Id } from "../api/types";
import { DOCUMENTS, wroteDocuments } from "../store/drafts";
import { makeKey } from "../store/identity";
import { contentOf } from "./points";
import type { Kept, Origin, Since } from "./replica";

/** Whose copy of which document; `peer` names the copy, and no other ever. */
export interface Copy {
  user: Id;
  document: Id;
  peer: string;
}

export interface About {
  title: string;

  /** The life of the server's history in which the copy was made. */
  epoch: string | null;
}

interface Stored {
  key: string;
  user: Id;
  document: Id;
  tab: string;
  savedAt: number;
  about: About;
  origin: string;
  since: Since;
}

/** What an earlier visit left. */
export interface Left extends Omit<Stored, "origin" | "since"> {
  kept: Kept;
}

const RECORDS = "unsent";
const ORIGINS = "origins";
const VERSION = 2;

const OWN_TAB = "coterie-tab";
const ABANDONED_MS = 60_000;
const PATIENCE_MS = 1_000;

const tab = makeKey();

/** Changes of what is stored, one after another; of those that wait only the newest is made. */
class Turns {
  private current: Promise<void> = Promise.resolve();
  private waiting: Promise<void> | null = null;
  private newest: Deed | null = null;

  /** Resolves when this change, or a newer one, is committed, or failed. */
  take(deed: Deed): Promise<void> {
    this.newest = deed;
    return (this.waiting ??= this.current.then(() => {
      this.waiting = null;
      return (this.current = commit(this.newest!).catch(() => undefined));
    }));
  }
}

/** The copies of this tab that somebody speaks for. */
const spokenFor = new Map<string, Turns>();
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

interface Stores {
  records: IDBObjectStore;
  origins: IDBObjectStore;
}

type Deed = (stores: Stores) => void;

async function commit(deed: Deed): Promise<void> {
  const transaction = (await database()).transaction([RECORDS, ORIGINS], "readwrite");
  deed({ records: transaction.objectStore(RECORDS), origins: transaction.objectStore(ORIGINS) });
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error ?? new Error("not stored"));
  });
}

const keyOf = ({ user, document, peer }: Copy): string => `${user}/${document}/${peer}`;
const nameOf = (key: string, origin: string): string => `${key}/${origin}`;
const allOf = (key: string): IDBKeyRange => IDBKeyRange.bound(`${key}/`, `${key}/\uffff`);

export async function save(copy: Copy, about: About, origin: Origin, since: Since): Promise<void> {
  const { user, document } = copy;
  const key = keyOf(copy);
  hold();
  const turns = spokenFor.get(key) ?? new Turns();
  spokenFor.set(key, turns);
  const record: Stored = { key, user, document, tab, savedAt: Date.now(), about, origin: origin.id, since };
  await atMost(
    turns.take(({ records, origins }) => {
      records.put(record);
      const known = origins.getKey(nameOf(key, origin.id));
      known.onsuccess = () => {
        if (known.result !== undefined) return;
        origins.delete(allOf(key));
        origins.put(contentOf(origin.text), nameOf(key, origin.id));
      };
    }),
  );
}

/** All of it is acknowledged. What it builds on stays, for what is written next. */
export async function drop(copy: Copy): Promise<void> {
  const key = keyOf(copy);
  const turns = spokenFor.get(key);
  if (turns) await atMost(turns.take(({ records }) => records.delete(key)));
}

/** Nobody speaks for the copy any more. What is not acknowledged stays for who opens the document next. */
export function release(copy: Copy): void {
  spokenFor.delete(keyOf(copy));
}

/** Nothing of the copy is needed any more. */
export async function forget(copy: Copy): Promise<void> {
  const key = keyOf(copy);
  const turns = spokenFor.get(key);
  spokenFor.delete(key);
  if (turns) await atMost(turns.take(erasing(key)));
}

export async function remove(key: string): Promise<void> {
  await atMost(commit(erasing(key)));
}

const erasing =
  (key: string): Deed =>
  ({ records, origins }) => {
    records.delete(key);
    origins.delete(allOf(key));
  };

/** A storage that fails or hangs shall not keep what was written from the server. */
async function atMost(work: Promise<void>): Promise<void> {
  const tired = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([work.catch(() => undefined), tired]);
}

/**
 * What a person left behind, in this tab or in tabs that are gone, oldest first. `freed` is called when a tab that
 * holds more of it has ended.
 */
export async function abandoned(user: Id, freed: () => void): Promise<Left[]> {
  if (!(await wroteDocuments())) return [];
  const all = await everything().catch(() => []);
  const own = all.filter((each) => each.user === user && !spokenFor.has(each.key));
  const gone = await Promise.all(own.map((each) => isAbandoned(each, freed)));
  const found = await Promise.all(own.filter((_, index) => gone[index]).map(recalled)).catch(() => []);
  return found.flatMap((each) => each ?? []).sort((a, b) => a.savedAt - b.savedAt);
}

/** All records; what none of them builds on is thrown away. */
async function everything(): Promise<Stored[]> {
  let all: Stored[] = [];
  await commit(({ records, origins }) => {
    const request = records.getAll() as IDBRequest<Stored[]>;
    request.onsuccess = () => {
      all = request.result;
      const needed = new Set(all.map(({ key, origin }) => nameOf(key, origin)));
      const names = origins.getAllKeys();
      names.onsuccess = () => {
        for (const name of names.result) if (!needed.has(name as string)) origins.delete(name);
      };
    };
  });
  return all;
}

/** With the text that it builds on; null if somebody else took it meanwhile. */
async function recalled({ origin, since, ...rest }: Stored): Promise<Left | null> {
  let text: string | undefined;
  await commit(({ origins }) => {
    const request = origins.get(nameOf(rest.key, origin)) as IDBRequest<string | undefined>;
    request.onsuccess = () => (text = request.result);
  });
  return text === undefined ? null : { ...rest, kept: { ...since, origin: text } };
}

const lockOf = (owner: string): string => `${DOCUMENTS}-${owner}`;
const watched = new Set<string>();
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
async function isAbandoned(record: Stored, freed: () => void): Promise<boolean> {
  if (record.tab === tab) return true;
  if (!("locks" in navigator))
    return sessionStorage.getItem(OWN_TAB) === record.tab || Date.now() - record.savedAt > ABANDONED_MS;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const isGone = await navigator.locks.request(lockOf(record.tab), { signal }, () => true).catch(() => false);
  if (!isGone) watch(record.tab, freed);
  return isGone;
}

/** A page that ends, or is slow to, may have left something to send. */
function watch(owner: string, freed: () => void): void {
  if (watched.has(owner)) return;
  watched.add(owner);
  navigator.locks.request(lockOf(owner), () => void watched.delete(owner)).then(freed, () => undefined);
}
