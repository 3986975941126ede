// One open document: its copy, kept in step with the server for as long as anybody looks at it, and after that until
// everything that was written here is acknowledged.
//
// One edit is under way at a time. What is written meanwhile waits for its acknowledgement and goes as one edit, and
// when the server says that others were faster, for what they wrote. So updates find the copy where they were meant for.
import type { ChangeSet } from "@codemirror/state";
import { Failure, failureFrom, sentenceOf } from "../api/failure";
import type { Id } from "../api/types";
import { makeKey } from "../store/identity";
import { backoff } from "../sync/backoff";
import { headerOf, idsOf, requestOf, type Update } from "./braid";
import { drop, save } from "./keeping";
import { isSame, Replica, type Edit, type Kept } from "./replica";
import { subscribe, type Send } from "./stream";

/** `away`: what is written is kept and goes later. `stopped`: the server will not take it as things are. */
export type Standing = "opening" | "live" | "away" | "stopped";

const GATHER_MS = 60;
const OTHERS_MS = 1_500;
const REQUEST_MS = 20_000;
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

  /** Grows with each change of the text. */
  revision = $state(0);

  /** Told of each change that came from elsewhere. */
  onremote: ((change: ChangeSet) => void) | null = null;

  /** At most 49 bytes, and never used by anybody else. */
  readonly peer: string;
  readonly url: string;
  private following: AbortController | null = null;
  private isSending = false;
  private isWanted = true;
  private sendAgain: ReturnType<typeof setTimeout> | undefined;
  private followAgain: ReturnType<typeof setTimeout> | undefined;
  private attempts = { following: 0, sending: 0 };
  private endedEmpty = 0;
  private moved: (() => void) | null = null;

  constructor(
    readonly id: Id,
    private readonly user: Id,
    private readonly send: Send,
    /** Told when nobody looks at it and nothing is left to do. */
    private readonly done: () => void,
  ) {
    this.peer = `${user}.${makeKey().slice(0, 12)}`;
    this.url = new URL(`/sync/documents/${id}`, location.origin).href;
    addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.seen);
  }

  /** Begins, with what an earlier visit left if there is such. */
  start(kept: Kept | null): void {
    if (kept) {
      this.replica = Replica.resume(kept, this.peer);
      void this.keep();
    }
    void this.follow();
  }

  /** The person wrote something. */
  write(changes: ChangeSet): void {
    this.replica!.write(changes);
    this.revision += 1;
    void this.keep();
    this.deliver(GATHER_MS);
  }

  /** Nobody looks at it any more; what is unsent still goes. */
  leave(): void {
    this.isWanted = false;
    this.onremote = null;
    this.rest();
  }

  /** Somebody looks at it again. */
  come(): void {
    this.isWanted = true;
    this.hurry();
  }

  /** Begins again from the server's text, and writes on it what was not acknowledged. */
  again(): void {
    this.failure = null;
    this.standing = "opening";
    this.endedEmpty = ENDED_EMPTY;
    this.hurry();
  }

  /** Forgets what was not acknowledged. */
  async discard(): Promise<void> {
    this.replica = null;
    this.hasUnsent = false;
    await drop(this.user, this.id, this.peer);
    this.again();
  }

  close(): void {
    this.following?.abort();
    this.following = null;
    clearTimeout(this.sendAgain);
    clearTimeout(this.followAgain);
    removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.seen);
  }

  /** Tries at once instead of waiting. */
  readonly hurry = (): void => {
    if (this.standing === "stopped") return;
    this.attempts = { following: 0, sending: 0 };
    if (!this.following) void this.follow();
    else if (this.standing === "live") this.deliver(0);
  };

  /** A browser allows few connections to one place: who is not looking needs none. */
  private readonly seen = (): void => {
    if (document.hidden) this.rest();
    else this.hurry();
  };

  private rest(): void {
    if (this.hasUnsent && this.standing !== "stopped") return;
    if (!this.isWanted) {
      this.close();
      this.done();
    } else if (document.hidden) {
      this.following?.abort();
    }
  }

  private async follow(): Promise<void> {
    clearTimeout(this.followAgain);
    const own = (this.following = new AbortController());
    const isFresh = !this.replica || (this.endedEmpty >= ENDED_EMPTY && !this.isSending);
    const headers: Record<string, string> = { "Merge-Type": "simpleton", Peer: this.peer };
    if (!isFresh) headers.Parents = headerOf(this.replica!.version);
    this.endedEmpty += 1;
    const listener = { opened: () => this.opened(isFresh), heard: (update: Update) => this.heard(update) };
    try {
      await subscribe(this.send, this.url, headers, listener, own.signal);
    } catch (error) {
      if (!own.signal.aborted) this.failed(error);
    }
    if (this.following !== own) return;
    this.following = null;
    this.lost(own.signal.aborted);
  }

  /** What came and made no sense means that this copy is not what the server takes it for. */
  private failed(error: unknown): void {
    if (!(error instanceof Failure)) this.endedEmpty = ENDED_EMPTY;
    else if (isPassing(error)) this.endedEmpty = 0;
    else this.stop(error);
  }

  /** A connection that was lost is made again; one that was given up waits until it is needed. */
  private lost(isOnPurpose: boolean): void {
    this.moved?.();
    if (this.standing === "stopped") return;
    if (this.replica) this.standing = "away";
    if (!isOnPurpose)
      this.followAgain = setTimeout(() => void this.follow(), backoff(this.attempts.following++));
  }

  private opened(isFresh: boolean): void {
    if (isFresh) return;
    this.live();
  }

  private live(): void {
    this.attempts.following = 0;
    this.standing = "live";
    this.deliver(0);
  }

  private heard(update: Update): void {
    this.endedEmpty = 0;
    if (!this.replica && update.body !== null)
      this.replica = Replica.begin(this.peer, update.version, update.body);
    else {
      const change = this.replica?.receive(update);
      if (!change) return;
      if (!change.empty) this.onremote?.(change);
      this.revision += 1;
    }
    this.moved?.();
    if (this.standing !== "live") this.live();
    if (this.replica?.isDirty) void this.keep();
  }

  /** Sends what is to be sent, after a moment in which more may come together. */
  private deliver(after: number): void {
    if (this.isSending || this.standing !== "live") return;
    clearTimeout(this.sendAgain);
    this.sendAgain = setTimeout(() => void this.deliverNow(), after);
  }

  private async deliverNow(): Promise<void> {
    if (this.isSending) return;
    this.isSending = true;
    try {
      while (this.standing === "live" && this.replica?.isDirty) await this.deliverOne(this.replica);
      this.attempts.sending = 0;
    } catch (error) {
      if (isPassing(error)) this.sendLater(error as Failure);
      else this.stop(error);
    }
    this.isSending = false;
    // Something may have been written since the last look.
    if (this.attempts.sending === 0 && this.replica?.isDirty) this.deliver(GATHER_MS);
  }

  private async deliverOne(replica: Replica): Promise<void> {
    const edit = replica.sealed[0] ?? replica.seal()!;
    await this.keep();
    const frontier = await this.put(edit);
    if (this.replica !== replica) return;
    replica.acknowledge(edit.version);
    this.isStuck = false;
    this.endedEmpty = 0;
    await this.keep();
    const isBehind = replica.sealed.length === 0 && isSame([edit.version], replica.version);
    if (isBehind && !isSame(frontier, [edit.version])) await this.others();
    else if (replica.isDirty) await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
  }

  /** Until what others wrote has come, or a while has passed. */
  private async others(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.moved = resolve;
      setTimeout(resolve, OTHERS_MS);
    });
    this.moved = null;
  }

  /** Answers the frontier after it. Throws a Failure. */
  private async put({ version, parents, patches }: Edit): Promise<string[]> {
    const { headers, body } = requestOf(patches);
    const about = {
      Version: headerOf([version]),
      Parents: headerOf(parents),
      Peer: this.peer,
      "Merge-Type": "simpleton",
    };
    const signal = AbortSignal.timeout(REQUEST_MS);
    const request = new Request(this.url, { method: "PUT", headers: { ...headers, ...about }, body, signal });
    const response = await this.send(request);
    if (!response.ok) throw await failureFrom(response);
    const frontier = response.headers.get("Current-Version") ?? response.headers.get("Version");
    return frontier === null ? [version] : idsOf(frontier).sort();
  }

  private sendLater(failure: Failure): void {
    const wait =
      failure.retryAfterSeconds === null ? backoff(this.attempts.sending) : failure.retryAfterSeconds * 1000;
    this.attempts.sending += 1;
    this.isStuck = true;
    clearTimeout(this.sendAgain);
    this.sendAgain = setTimeout(() => void this.deliverNow(), wait);
  }

  private stop(error: unknown): void {
    this.failure = error instanceof Failure ? error : new Failure(0, "unexpected", sentenceOf(error));
    this.standing = "stopped";
    this.following?.abort();
    if (!this.isWanted) this.rest();
  }

  /** Resolves once it is stored. */
  private async keep(): Promise<void> {
    const replica = this.replica;
    this.hasUnsent = replica?.isDirty ?? false;
    if (replica?.isDirty) return save(this.user, this.id, this.peer, replica.keep());
    await drop(this.user, this.id, this.peer);
    if (!this.isWanted || document.hidden) this.rest();
  }
}

/** Also what the contract gives clients to try again: the server waits for an edit that this one follows. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Failure) || error.status === 550) return false;
  return error.isPassing || [309, 408, 425, 432].includes(error.status);
}
