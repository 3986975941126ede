// What was written in documents and is not acknowledged, kept in the browser for each person and copy, over reloads and
// restarts. A record is committed before this answers, and stays when all of it is acknowledged, as what was read last.
// Without a storage that works nothing else changes.
import type { Id } from "../api/types";
import { DOCUMENTS, wroteDocuments } from "../store/drafts";
import { makeKey } from "../store/identity";
import { commit, erasing, everything, hastily, moved, storing, type About } from "./records";
import type { Deed, Left, Stored } from "./records";
import type { Replica } from "./replica";

/** Whose copy of which document; `peer` names the copy, and no other ever. */
export interface Copy {
  user: Id;
  document: Id;
  peer: string;
}

const OWN_TAB = "coterie-tab";
const ABANDONED_MS = 60_000;
const PATIENCE_MS = 1_000;

const tab = makeKey();

/** Changes of what is stored, one after another; of those that wait only the newest is made. */
class Turns {
  /** Whether what is acknowledged shall not be stored any more: who read it is not logged in here any longer. */
  isOver = false;
  private current: Promise<void> = Promise.resolve();
  private waiting: Promise<void> | null = null;
  private newest: Deed | null = null;

  /** The text that a record was last stored over. */
  origin: string | null = null;

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

const keyOf = ({ user, document, peer }: Copy): string => `${user}/${document}/${peer}`;

/** Stores a copy as it is, whatever of it is acknowledged. `readAt` is when somebody last looked at it. */
export async function save(copy: Copy, about: About, readAt: number, replica: Replica): Promise<void> {
  const { user, document } = copy;
  const key = keyOf(copy);
  const { origin, isDirty } = replica;
  void hold();
  const turns = spokenFor.get(key) ?? new Turns();
  spokenFor.set(key, turns);
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
  if (isDirty) void hastily(record, turns.origin === origin.id ? null : origin);
  await atMost(
    turns.take((stores) => {
      if (!isDirty && turns.isOver) return;
      store(stores);
      stores.records.transaction.addEventListener("complete", () => (turns.origin = origin.id));
    }),
  );
}

/**
 * Nobody speaks for the copy any more. What is not acknowledged stays for who opens the document next, and what is, to
 * be read, unless the session `isOver`.
 */
export function release(copy: Copy, isOver: boolean): void {
  const turns = spokenFor.get(keyOf(copy));
  if (turns) turns.isOver = isOver;
  spokenFor.delete(keyOf(copy));
}

/** Nothing of the copy is needed any more. */
export async function forget(copy: Copy): Promise<void> {
  const key = keyOf(copy);
  const turns = spokenFor.get(key);
  spokenFor.delete(key);
  if (turns) await atMost(turns.take(erasing(key)));
}

/** A storage that fails or hangs shall not keep what was written from the server. */
async function atMost(work: Promise<void>): Promise<void> {
  const tired = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([work.catch(() => undefined), tired]);
}

/**
 * What a person left behind, in this tab or in tabs that are gone, oldest first. `freed` is called when a tab that
 * holds more of it has ended.
 */
export async function abandoned(user: Id, freed: () => void): Promise<Stored[]> {
  if (!(await wroteDocuments())) return [];
  const all = await everything().catch(() => []);
  const own = all.filter((each) => each.user === user && !each.isRead && !spokenFor.has(each.key));
  const gone = await Promise.all(own.map((each) => isAbandoned(each, freed)));
  return own.filter((_, index) => gone[index]).sort((a, b) => a.savedAt - b.savedAt);
}

/** Makes a record that was left behind a copy of this tab's, which is to go on with it; null if somebody else has it. */
export async function take({ key }: Stored, copy: Copy): Promise<Left | null> {
  await hold();
  return moved(key, keyOf(copy), tab).catch(() => null);
}

const lockOf = (owner: string): string => `${DOCUMENTS}-${owner}`;
const watched = new Set<string>();
let held: Promise<void> | null = null;

/** Shows other tabs that this one lives, as long as it does. Resolves when they can see it. */
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
    // Where nothing may be kept there is nothing to find again.
  }
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
