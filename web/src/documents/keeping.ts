// Stores edits that are not acknowledged, in the browser, for each user and copy, across reloads and restarts. A
// function returns after the record is committed. When everything is acknowledged, the record stays as the text that
// was read last. Without working storage, nothing else changes.
import type { Id } from "../api/types";
import { DOCUMENTS, wroteDocuments } from "../store/local/documents";
import { makeKey } from "../store/identity";
import { commit, erasing, everything, hastily, moved, storing, type About } from "./records";
import type { Write, Left, Stored } from "./records";
import type { Replica } from "./replica";

/** Whose copy of which document; `peer` names the copy and is never reused. */
export interface Copy {
  user: Id;
  document: Id;
  peer: string;
}

const OWN_TAB = "coterie-tab";
const ABANDONED_MS = 60_000;
const PATIENCE_MS = 1_000;

const tab = makeKey();

/** Runs the writes to a record one after the other; of the waiting writes, only the newest is executed. */
class WriteQueue {
  /** Whether acknowledged text must no longer be stored, because the user has logged out here. */
  isOver = false;
  private current: Promise<void> = Promise.resolve();
  private waiting: Promise<void> | null = null;
  private newest: Write | null = null;

  /** The origin of the record as last stored. */
  origin: string | null = null;

  /** Resolves when this write, or a newer one, is committed or has failed. */
  take(write: Write): Promise<void> {
    this.newest = write;
    return (this.waiting ??= this.current.then(() => {
      this.waiting = null;
      return (this.current = commit(this.newest!).catch(() => undefined));
    }));
  }
}

/** The copies that this tab is responsible for. */
const owned = new Map<string, WriteQueue>();

const keyOf = ({ user, document, peer }: Copy): string => `${user}/${document}/${peer}`;

/** Stores a copy as it is, even if parts are acknowledged. `readAt` is when a user last looked at it. */
export async function save(copy: Copy, about: About, readAt: number, replica: Replica): Promise<void> {
  const { user, document } = copy;
  const key = keyOf(copy);
  const { origin, isDirty } = replica;
  void hold();
  const queue = owned.get(key) ?? new WriteQueue();
  owned.set(key, queue);
  const length = origin.text.length + replica.text.length;
  const now = { savedAt: Date.now(), readAt, length, isRead: !isDirty };
  const record: Stored = {
    key,
    user,
    document,
    tab,
    about,
    origin: origin.id,
    since: replica.keep(),
    ...now,
  };
  const store = storing(record, origin);
  if (isDirty) void hastily(record, queue.origin === origin.id ? null : origin);
  await atMost(
    queue.take((stores) => {
      if (!isDirty && queue.isOver) return;
      store(stores);
      stores.records.transaction.addEventListener("complete", () => (queue.origin = origin.id));
    }),
  );
}

/**
 * Gives up the copy. Unacknowledged edits stay for the next time the user opens the document, and the acknowledged text
 * stays for reading, unless the session `isOver`.
 */
export function release(copy: Copy, isOver: boolean): void {
  const queue = owned.get(keyOf(copy));
  if (queue) queue.isOver = isOver;
  owned.delete(keyOf(copy));
}

/** Deletes everything that is stored of the copy. */
export async function forget(copy: Copy): Promise<void> {
  const key = keyOf(copy);
  const queue = owned.get(key);
  owned.delete(key);
  if (queue) await atMost(queue.take(erasing(key)));
}

/** Storage that fails or hangs must not keep edits from the server. */
async function atMost(work: Promise<void>): Promise<void> {
  const tired = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([work.catch(() => undefined), tired]);
}

/**
 * What a user left behind, in this tab or in closed tabs, oldest first. `freed` is called when a tab that holds more of
 * it has closed.
 */
export async function abandoned(user: Id, freed: () => void): Promise<Stored[]> {
  if (!(await wroteDocuments())) return [];
  const all = await everything().catch(() => []);
  const own = all.filter((each) => each.user === user && !each.isRead && !owned.has(each.key));
  const gone = await Promise.all(own.map((each) => isAbandoned(each, freed)));
  return own.filter((_, index) => gone[index]).sort((a, b) => a.savedAt - b.savedAt);
}

/** Turns a record that was left behind into a copy of this tab, which continues it; null if another tab has it. */
export async function take({ key }: Stored, copy: Copy): Promise<Left | null> {
  await hold();
  return moved(key, keyOf(copy), tab).catch(() => null);
}

const lockOf = (owner: string): string => `${DOCUMENTS}-${owner}`;
const watched = new Set<string>();
let held: Promise<void> | null = null;

/** Shows other tabs that this one is open, for as long as it is. Resolves when they can see it. */
function hold(): Promise<void> {
  return (held ??= new Promise((resolve) => {
    remember();
    if (!("locks" in navigator)) return resolve();
    void navigator.locks.request(lockOf(tab), () => {
      resolve();
      return new Promise(() => undefined);
    });
  }));
}

function remember(): void {
  try {
    sessionStorage.setItem(OWN_TAB, tab);
  } catch {
    // Without storage there is nothing to find.
  }
}

/**
 * Whether no tab is responsible for a record any more. Web Locks exist in secure contexts only; elsewhere, this covers
 * what this tab left before a reload, and other records by their age.
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

/** A page that is closing, or is slow to close, may have left something to send. */
function watch(owner: string, freed: () => void): void {
  if (watched.has(owner)) return;
  watched.add(owner);
  navigator.locks.request(lockOf(owner), () => void watched.delete(owner)).then(freed, () => undefined);
}
