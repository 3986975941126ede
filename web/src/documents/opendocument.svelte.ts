// One open document: its copy, kept in step with the server while the user looks at it, and after that until everything
// written here is acknowledged.
//
// It uses two of the six connections that a browser allows to one origin without HTTP/2, for text and cursors; a hidden
// tab closes both once everything is sent, and resumes when it is shown.
import type { ChangeSet } from "@codemirror/state";
import { Failure, sentenceOf } from "../api/failure";
import type { Document } from "../api/documents";
import type { Id } from "../api/types";
import { backoff } from "../sync/backoff";
import { digestOf, headerOf, type Update } from "./braid";
import { Delivery, type Events } from "./delivery";
import type { Copy } from "./keeping";
import { contentOf } from "./points";
import type { Left } from "./records";
import { Replica } from "./replica";
import { isPassing, put } from "./sending";
import { CopyStorage } from "./copystorage";
import { subscribe, type Send } from "./stream";

/** `away`: edits are stored, and sent later. `stopped`: the server does not accept them in the present state. */
export type DocumentStatus = "opening" | "live" | "away" | "stopped";

const ENDED_EMPTY = 2;

export class OpenDocument {
  status = $state<DocumentStatus>("opening");

  /** Whether there are edits that the server has not acknowledged. */
  hasUnsent = $state(false);

  /** Whether the last attempt to send failed. */
  isStuck = $state(false);

  /** Why it is stopped: the server's error. */
  failure = $state.raw<Failure | null>(null);
  replica = $state.raw<Replica | null>(null);

  /** The last known title; it is kept after the document is deleted. */
  title = $state("");

  /** Increases with each change of the text. */
  revision = $state(0);

  /** Receives each change from elsewhere. */
  onremote: ((change: ChangeSet) => void) | null = null;

  readonly id: Id;
  readonly peer: string;
  readonly url: string;
  private following: AbortController | null = null;
  private readonly delivery: Delivery;
  private isWanted = true;
  private isClosed = false;

  /** The epoch of the server's history, if known. */
  private epoch: string | null = null;

  /** Whether this copy differs from what the server expects: the whole text is requested, whatever arrives first. */
  private isStale = false;

  /** Whether the whole text arrived after the last disconnect: then it belongs to the server's present epoch. */
  private isWhole = false;
  private readonly storage: CopyStorage;
  private followAgain: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0;
  private endedEmpty = 0;

  constructor(
    copy: Copy,
    private readonly send: Send,
    /** Called when the document is closed and nothing is left to do. */
    private readonly done: () => void,
  ) {
    this.id = copy.document;
    this.peer = copy.peer;
    this.storage = new CopyStorage(copy, () => this.keep());
    this.url = new URL(`/sync/documents/${this.id}`, location.origin).href;
    this.delivery = new Delivery((edit, until) => put(send, this.url, this.peer, edit, until), this.events);
    addEventListener("online", this.retryNow);
    document.addEventListener("visibilitychange", this.seen);
  }

  /** Shows what was read last, until the server sends the present text. */
  recall(read: Left): void {
    this.title = read.about.title;
    this.storage.adopt(read);
    this.replica = Replica.reread(read.kept, this.peer);
    this.endedEmpty = ENDED_EMPTY - 1;
  }

  /** Starts, with what an earlier visit left, if anything. */
  start(left: Left | null, epoch: string | null): void {
    if (left) {
      this.title = left.about.title;
      this.storage.adopt(left);
      this.replica = Replica.resume(left.kept, this.peer);
      void this.keep();
    }
    if (epoch !== null) this.ready(epoch);
    if (!this.following) void this.follow();
  }

  /** Takes the document's record. */
  describe(document: Document): void {
    this.title = document.title;
    this.storage.about = document;
    this.storage.soon();
  }

  /** In another epoch, the server may not know the version that this copy builds on: its text is fetched again. */
  ready(epoch: string | null): void {
    const { storage } = this;
    const isOld = storage.epoch !== null && epoch !== storage.epoch && !this.isWhole;
    const isAnother = this.replica !== null && isOld;
    this.epoch = epoch;
    if (!isAnother) storage.epoch = epoch;
    storage.soon();
    if (isAnother && this.status !== "stopped") this.requestWholeText();
  }

  /** Requests the whole text, after the outcome of the edit in flight is known. */
  private requestWholeText(): void {
    this.isStale = true;
    this.hangUp();
    if (!this.delivery.isUnderWay) void this.follow();
  }

  /** The user wrote something. */
  write(changes: ChangeSet): void {
    this.replica!.write(changes);
    this.revision += 1;
    this.storage.look();
    void this.keep();
    this.delivery.soon();
  }

  /** The user closed the document; unsent edits are still sent. */
  detach(): void {
    this.isWanted = false;
    this.onremote = null;
    this.storage.now();
    this.rest();
  }

  /** The user opened the document again. */
  attach(): void {
    this.isWanted = true;
    this.storage.look();
    this.storage.soon();
    this.retryNow();
  }

  /** Starts again from the server's text, and applies the unacknowledged edits to it. */
  again(): void {
    this.failure = null;
    this.status = "opening";
    this.isStale = true;
    this.retryNow();
  }

  /** Discards the unacknowledged edits. */
  async discard(): Promise<void> {
    this.replica = null;
    this.hasUnsent = false;
    await this.storage.forget();
    this.again();
  }

  /** `isOver` if the user's session has ended. */
  close(isOver: boolean): void {
    this.isClosed = true;
    this.delivery.close();
    this.following?.abort();
    this.following = null;
    clearTimeout(this.followAgain);
    this.storage.close(isOver);
    removeEventListener("online", this.retryNow);
    document.removeEventListener("visibilitychange", this.seen);
  }

  /** Retries immediately instead of waiting. */
  readonly retryNow = (): void => {
    if (this.status === "stopped") return;
    this.attempts = 0;
    if (!this.following) void this.follow();
    else this.delivery.retryNow();
  };

  /** A browser allows few connections to one origin: a hidden tab needs none. */
  private readonly seen = (): void => {
    if (document.hidden) {
      this.storage.now();
      this.rest();
    } else this.retryNow();
  };

  private rest(): void {
    if (this.isClosed || (this.hasUnsent && this.status !== "stopped")) return;
    if (!this.isWanted) {
      this.close(false);
      this.done();
    } else if (document.hidden) {
      this.hangUp();
    }
  }

  private hangUp(): void {
    this.following?.abort();
    this.following = null;
    clearTimeout(this.followAgain);
    this.lost();
  }

  private async follow(): Promise<void> {
    clearTimeout(this.followAgain);
    if (this.isStale && this.delivery.isUnderWay) return; // It starts when the edit in flight has finished.
    const own = (this.following = new AbortController());
    this.endedEmpty += 1;
    const isLost = this.endedEmpty > ENDED_EMPTY && !this.delivery.isUnderWay;
    const isFresh = !this.replica || this.isStale || isLost;
    const listener = {
      opened: () => this.opened(isFresh),
      received: (update: Update) => this.received(update),
    };
    try {
      if (isFresh && this.replica) await this.delivery.settle(this.replica, own.signal);
      const headers: Record<string, string> = { "Merge-Type": "simpleton", Peer: this.peer };
      if (!isFresh) headers.Parents = headerOf(this.replica!.version);
      await subscribe(this.send, this.url, headers, listener, own.signal);
    } catch (error) {
      if (this.following === own) this.failed(error);
    }
    if (this.following !== own) return;
    this.following = null;
    this.lost();
    if (this.status !== "stopped")
      this.followAgain = setTimeout(() => void this.follow(), backoff(this.attempts++));
  }

  /** An update that makes no sense means that this copy differs from what the server expects. */
  private failed(error: unknown): void {
    if (!(error instanceof Failure)) this.isStale = true;
    else if (isPassing(error)) this.endedEmpty = 0;
    else this.stop(error);
  }

  private lost(): void {
    this.isWhole = false;
    this.delivery.moved?.();
    if (this.replica && this.status !== "stopped") this.status = "away";
  }

  private opened(isFresh: boolean): void {
    if (isFresh) return;
    this.live();
  }

  private live(): void {
    this.attempts = 0;
    this.status = "live";
    this.delivery.retryNow();
  }

  private received(update: Update): void {
    this.endedEmpty = 0;
    if (this.isWanted) this.storage.look();
    if (update.body !== null) {
      this.storage.epoch = this.epoch;
      this.isWhole = true;
      this.isStale = false;
    }
    if (!this.replica && update.body !== null)
      this.replica = Replica.begin(this.peer, update.version, update.body);
    else {
      const change = this.replica?.receive(update);
      if (!change) return;
      if (update.digest && update.body === null) void this.prove(this.replica!, update.digest);
      if (!change.empty) this.onremote?.(change);
      this.revision += 1;
    }
    this.delivery.moved?.();
    if (this.status !== "live") this.live();
    if (this.replica?.isDirty) void this.keep();
    else this.storage.soon();
  }

  /** Whenever a copy differs from the server's text, for whatever reason, the text is fetched again. */
  private async prove(replica: Replica, digest: string): Promise<void> {
    const found = await digestOf(contentOf(replica.shadow));
    if (found === null || found === digest || this.replica !== replica || this.isClosed) return;
    this.requestWholeText();
  }

  /** The outcome of sending. */
  private get events(): Events {
    return {
      next: () => (this.status === "live" && this.replica?.isDirty ? this.replica : null),
      keep: () => this.keep(),
      taken: () => {
        this.isStuck = false;
        this.endedEmpty = 0;
      },
      stuck: () => (this.isStuck = true),
      refused: (error) => this.stop(error),
      idle: () => {
        if (this.isStale && !this.following && this.status !== "stopped") void this.follow();
      },
    };
  }

  private stop(error: unknown): void {
    this.failure = error instanceof Failure ? error : new Failure(0, "unexpected", sentenceOf(error));
    this.status = "stopped";
    this.hangUp();
    if (this.failure.status === 404 && !this.replica?.isDirty) {
      this.replica = null;
      void this.storage.lose();
    }
    if (!this.isWanted) this.rest();
  }

  /** Resolves once it is stored. */
  private async keep(): Promise<void> {
    if (this.isClosed || !this.replica) return;
    this.hasUnsent = this.replica.isDirty;
    await this.storage.put(this.title, this.replica);
    if (!this.hasUnsent && (!this.isWanted || document.hidden)) this.rest();
  }
}
