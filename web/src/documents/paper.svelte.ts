// One open document: its copy, kept in step with the server for as long as anybody looks at it, and after that until
// everything that was written here is acknowledged.
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
import { Shelf } from "./shelf";
import { subscribe, type Send } from "./stream";

/** `away`: what is written is kept and goes later. `stopped`: the server will not take it as things are. */
export type Standing = "opening" | "live" | "away" | "stopped";

const ENDED_EMPTY = 2;

export class Paper {
  standing = $state<Standing>("opening");

  /** Whether something was written that the server did not acknowledge. */
  hasUnsent = $state(false);

  /** Whether the last attempt to send failed. */
  isStuck = $state(false);

  /** Why it is stopped: what the server said. */
  failure = $state.raw<Failure | null>(null);
  replica = $state.raw<Replica | null>(null);

  /** As far as it is known: it outlasts the document. */
  title = $state("");

  /** Grows with each change of the text. */
  revision = $state(0);

  /** Told of each change that came from elsewhere. */
  onremote: ((change: ChangeSet) => void) | null = null;

  readonly id: Id;
  readonly peer: string;
  readonly url: string;
  private following: AbortController | null = null;
  private readonly delivery: Delivery;
  private isWanted = true;
  private isClosed = false;

  /** The life that the server's history has now, if that is known. */
  private epoch: string | null = null;

  /** Whether this copy is not what the server takes it for: the whole text is wanted, whatever comes first. */
  private isStale = false;

  /** Whether the whole text came since the connection was lost last: then it is of the life that the server has now. */
  private isWhole = false;
  private readonly shelf: Shelf;
  private followAgain: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0;
  private endedEmpty = 0;

  constructor(
    copy: Copy,
    private readonly send: Send,
    /** Told when nobody looks at it and nothing is left to do. */
    private readonly done: () => void,
  ) {
    this.id = copy.document;
    this.peer = copy.peer;
    this.shelf = new Shelf(copy, () => this.keep());
    this.url = new URL(`/sync/documents/${this.id}`, location.origin).href;
    this.delivery = new Delivery((edit, until) => put(send, this.url, this.peer, edit, until), this.events);
    addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.seen);
  }

  /** Shows what was read last, until the server tells what it is now. */
  recall(read: Left): void {
    this.title = read.about.title;
    this.shelf.adopt(read);
    this.replica = Replica.reread(read.kept, this.peer);
    this.endedEmpty = ENDED_EMPTY - 1;
  }

  /** Begins, with what an earlier visit left if there is such. */
  start(left: Left | null, epoch: string | null): void {
    if (left) {
      this.title = left.about.title;
      this.shelf.adopt(left);
      this.replica = Replica.resume(left.kept, this.peer);
      void this.keep();
    }
    if (epoch !== null) this.ready(epoch);
    if (!this.following) void this.follow();
  }

  /** What is said of it. */
  describe(document: Document): void {
    this.title = document.title;
    this.shelf.about = document;
    this.shelf.soon();
  }

  /** In another life of its history the server may not know what this copy builds on: its text is taken anew. */
  ready(epoch: string | null): void {
    const { shelf } = this;
    const isOld = shelf.epoch !== null && epoch !== shelf.epoch && !this.isWhole;
    const isAnother = this.replica !== null && isOld;
    this.epoch = epoch;
    if (!isAnother) shelf.epoch = epoch;
    shelf.soon();
    if (isAnother && this.standing !== "stopped") this.anew();
  }

  /** Takes the whole text, once it is known what became of the edit that is under way. */
  private anew(): void {
    this.isStale = true;
    this.hangUp();
    if (!this.delivery.isUnderWay) void this.follow();
  }

  /** The person wrote something. */
  write(changes: ChangeSet): void {
    this.replica!.write(changes);
    this.revision += 1;
    this.shelf.look();
    void this.keep();
    this.delivery.soon();
  }

  /** Nobody looks at it any more; what is unsent still goes. */
  leave(): void {
    this.isWanted = false;
    this.onremote = null;
    this.shelf.now();
    this.rest();
  }

  /** Somebody looks at it again. */
  come(): void {
    this.isWanted = true;
    this.shelf.look();
    this.shelf.soon();
    this.hurry();
  }

  /** Begins again from the server's text, and writes on it what was not acknowledged. */
  again(): void {
    this.failure = null;
    this.standing = "opening";
    this.isStale = true;
    this.hurry();
  }

  /** Forgets what was not acknowledged. */
  async discard(): Promise<void> {
    this.replica = null;
    this.hasUnsent = false;
    await this.shelf.forget();
    this.again();
  }

  /** `isOver` with the session of who looks at it. */
  close(isOver: boolean): void {
    this.isClosed = true;
    this.delivery.close();
    this.following?.abort();
    this.following = null;
    clearTimeout(this.followAgain);
    this.shelf.close(isOver);
    removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.seen);
  }

  /** Tries at once instead of waiting. */
  readonly hurry = (): void => {
    if (this.standing === "stopped") return;
    this.attempts = 0;
    if (!this.following) void this.follow();
    else this.delivery.hurry();
  };

  /** A browser allows few connections to one place: who is not looking needs none. */
  private readonly seen = (): void => {
    if (document.hidden) {
      this.shelf.now();
      this.rest();
    } else this.hurry();
  };

  private rest(): void {
    if (this.isClosed || (this.hasUnsent && this.standing !== "stopped")) return;
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
    if (this.isStale && this.delivery.isUnderWay) return; // It begins when that has ended.
    const own = (this.following = new AbortController());
    this.endedEmpty += 1;
    const isLost = this.endedEmpty > ENDED_EMPTY && !this.delivery.isUnderWay;
    const isFresh = !this.replica || this.isStale || isLost;
    const listener = { opened: () => this.opened(isFresh), heard: (update: Update) => this.heard(update) };
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
    if (this.standing !== "stopped")
      this.followAgain = setTimeout(() => void this.follow(), backoff(this.attempts++));
  }

  /** What came and made no sense means that this copy is not what the server takes it for. */
  private failed(error: unknown): void {
    if (!(error instanceof Failure)) this.isStale = true;
    else if (isPassing(error)) this.endedEmpty = 0;
    else this.stop(error);
  }

  private lost(): void {
    this.isWhole = false;
    this.delivery.moved?.();
    if (this.replica && this.standing !== "stopped") this.standing = "away";
  }

  private opened(isFresh: boolean): void {
    if (isFresh) return;
    this.live();
  }

  private live(): void {
    this.attempts = 0;
    this.standing = "live";
    this.delivery.hurry();
  }

  private heard(update: Update): void {
    this.endedEmpty = 0;
    if (this.isWanted) this.shelf.look();
    if (update.body !== null) {
      this.shelf.epoch = this.epoch;
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
    if (this.standing !== "live") this.live();
    if (this.replica?.isDirty) void this.keep();
    else this.shelf.soon();
  }

  /** A copy that is not what the server has, whatever the reason, is taken anew. */
  private async prove(replica: Replica, digest: string): Promise<void> {
    const found = await digestOf(contentOf(replica.shadow));
    if (found === null || found === digest || this.replica !== replica || this.isClosed) return;
    this.anew();
  }

  /** What became of what was sent. */
  private get events(): Events {
    return {
      next: () => (this.standing === "live" && this.replica?.isDirty ? this.replica : null),
      keep: () => this.keep(),
      taken: () => {
        this.isStuck = false;
        this.endedEmpty = 0;
      },
      stuck: () => (this.isStuck = true),
      refused: (error) => this.stop(error),
      rested: () => {
        if (this.isStale && !this.following && this.standing !== "stopped") void this.follow();
      },
    };
  }

  private stop(error: unknown): void {
    this.failure = error instanceof Failure ? error : new Failure(0, "unexpected", sentenceOf(error));
    this.standing = "stopped";
    this.hangUp();
    if (this.failure.status === 404 && !this.replica?.isDirty) {
      this.replica = null;
      void this.shelf.lose();
    }
    if (!this.isWanted) this.rest();
  }

  /** Resolves once it is stored. */
  private async keep(): Promise<void> {
    if (this.isClosed || !this.replica) return;
    this.hasUnsent = this.replica.isDirty;
    await this.shelf.put(this.title, this.replica);
    if (!this.hasUnsent && (!this.isWanted || document.hidden)) this.rest();
  }
}
