// The database in the browser: one per account, so that one user's data can never mix with another's. If storage is
// full or forbidden, data is not stored, but everything still works.
import { deleteDB, openDB, type DBSchema, type IDBPDatabase, type StoreNames, type StoreValue } from "idb";
import type { Answered, Channel, Id, Member, Message } from "../../api/types";
import { forgetDocuments, forgetReadDocuments } from "./documents";
import type { StoredState } from "./state";

const PREFIX = "coterie-account-";
const VERSION = 2;
const LONGEST_OPENING_MS = 10_000;

export interface StoredServer {
  id: Id;
  channels: Channel[];
  members: Member[];
  /** The position of the server's topic up to which it is complete. */
  position: number;
}

/** The newest messages of a channel or a conversation, without a gap up to a position of its topic. */
export interface StoredChannel {
  id: Id;
  messages: Message[];
  reachesStart: boolean;
  position: number;
  /** When it was last on the screen, in milliseconds since 1970. */
  usedAt: number;
}

/** An outgoing message. */
export interface StoredText {
  nonce: string;
  channel: Id;
  content: string;
  answers: Id | null;
  /** The message whose thread it is written in; missing in what earlier versions stored. */
  thread?: Id | null;
  /** In milliseconds since 1970; a channel's messages are sent in this order. */
  createdAt: number;
  /** Why the server refused it, if it did. */
  refusal: string | null;
}

/** The files of a message that the server does not have yet, and the message once it exists. */
export interface StoredUpload {
  nonce: string;
  message: Message | null;
  arrived: number;
  uncertain: string | null;
  files: { key: string; name: string; size: number; reason: string }[];
}

/** One of them, stored by itself so that it is copied only once. */
export interface StoredFile {
  key: string;
  file: File;
}

/** The draft of a channel, a conversation or a thread. */
export interface StoredDraft {
  id: Id;
  content: string;
  /** The message that it replies to; missing in what earlier versions stored. */
  answers?: Answered | null;
}

export interface Kept extends DBSchema {
  state: { key: "state"; value: StoredState };
  servers: { key: Id; value: StoredServer };
  channels: { key: Id; value: StoredChannel };
  outbox: { key: string; value: StoredText };
  uploads: { key: string; value: StoredUpload };
  files: { key: string; value: StoredFile };
  drafts: { key: Id; value: StoredDraft };
}

type Store = StoreNames<Kept>;
type Database = IDBPDatabase<Kept>;

/** What was read from the server; the rest was written here, and exists nowhere else yet. */
const READ: Store[] = ["state", "servers", "channels"];

export class LocalDatabase {
  owner: Id | null = null;
  private opening: Promise<Database | null> = Promise.resolve(null);
  private removing: Promise<void> = Promise.resolve();

  /** Opens the database of an account, and deletes those of all others. */
  open(owner: Id): void {
    if (this.owner === owner) return;
    this.owner = owner;
    const opening = this.removing.then(() => opened(PREFIX + owner));
    // Nothing waits for storage that does not respond.
    this.opening = Promise.race([opening, pause(LONGEST_OPENING_MS)]);
    void opening.then(async () => {
      if (await removed((name) => name !== PREFIX + owner)) forgetDocuments();
    });
  }

  /**
   * Whether the browser stores nothing that is written: some do not in private windows, others if storage is forbidden.
   */
  async isForgetful(): Promise<boolean> {
    return (await this.opening) === null;
  }

  async get<S extends Store>(store: S, key: Kept[S]["key"]): Promise<StoreValue<Kept, S> | undefined> {
    return this.attempt((database) => database.get(store, key));
  }

  /** Whether something is stored. If the storage cannot say, nothing must be given up. */
  async has<S extends Store>(store: S, key: Kept[S]["key"]): Promise<boolean> {
    return (await this.attempt((database) => database.count(store, key))) !== 0;
  }

  async all<S extends Store>(store: S): Promise<StoreValue<Kept, S>[]> {
    return (await this.attempt((database) => database.getAll(store))) ?? [];
  }

  async keys<S extends Store>(store: S): Promise<Kept[S]["key"][]> {
    return (await this.attempt((database) => database.getAllKeys(store))) ?? [];
  }

  /** Returns whether it is stored now. */
  async put<S extends Store>(store: S, value: StoreValue<Kept, S>): Promise<boolean> {
    const key = store === "state" ? ("state" as Kept[S]["key"]) : undefined;
    return (await this.attempt((database) => database.put(store, value, key))) !== undefined;
  }

  async drop<S extends Store>(store: S, key: Kept[S]["key"]): Promise<void> {
    await this.attempt((database) => database.delete(store, key));
  }

  /** Deletes what was read from the server, and keeps what was written here for the user's next login. */
  async forgetRead(): Promise<void> {
    await this.attempt((database) => Promise.all(READ.map((store) => database.clear(store))));
    await forgetReadDocuments().catch(() => undefined);
    await this.close();
  }

  /** Deletes all of it: nothing is left behind on a shared machine. */
  async wipe(): Promise<void> {
    this.removing = this.close().then(async () => void (await removed(() => true)));
    await this.removing;
  }

  private async close(): Promise<void> {
    const closing = this.opening;
    this.opening = Promise.resolve(null);
    this.owner = null;
    (await closing)?.close();
  }

  private async attempt<T>(work: (database: Database) => Promise<T>): Promise<T | undefined> {
    const database = await this.opening;
    if (!database) return undefined;
    try {
      return await work(database);
    } catch {
      return undefined; // full, or closed by another tab that logged out
    }
  }
}

/** What is written here and waits for the server, by its nonce or key. */
export function pendingStore<S extends "outbox" | "uploads" | "files">(local: LocalDatabase, store: S) {
  return {
    kept: () => local.all(store),
    find: (key: string) => local.get(store, key),
    keep: (value: StoreValue<Kept, S>) => local.put(store, value),
    isKept: (key: string) => local.has(store, key),
    drop: (key: string) => local.drop(store, key),
  };
}

const pause = (ms: number) => new Promise<null>((resolve) => setTimeout(() => resolve(null), ms));

async function opened(name: string): Promise<Database | null> {
  try {
    return await openDB<Kept>(name, VERSION, {
      upgrade(database, before) {
        if (before === 0) {
          database.createObjectStore("state");
          for (const store of ["servers", "channels", "drafts"] as const)
            database.createObjectStore(store, { keyPath: "id" });
          database.createObjectStore("outbox", { keyPath: "nonce" });
        } else database.deleteObjectStore("files"); // its records had another form
        database.createObjectStore("uploads", { keyPath: "nonce" });
        database.createObjectStore("files", { keyPath: "key" });
      },
      // Another tab wants to delete it, because the user logged out.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
  } catch {
    return null;
  }
}

/** Returns whether there were any. */
async function removed(isUnwanted: (name: string) => boolean): Promise<boolean> {
  try {
    const names = (await indexedDB.databases()).map(({ name = "" }) => name);
    const unwanted = names.filter((name) => name.startsWith(PREFIX) && isUnwanted(name));
    await Promise.all(unwanted.map((name) => deleteDB(name)));
    return unwanted.length > 0;
  } catch {
    return false; // no storage, so nothing is in it
  }
}
