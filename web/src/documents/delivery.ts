// The edits of one copy on their way to the server.
//
// One edit is under way at a time. What is written meanwhile waits for its acknowledgement and goes as one edit, and
// when the server says that others were faster, for what they wrote. So updates find the copy where they were meant for.
import type { Failure } from "../api/failure";
import { backoff } from "../sync/backoff";
import { isSame, type Edit, type Replica } from "./replica";
import { isPassing } from "./sending";

export interface Events {
  /** The copy, if it has something to send and the server can be reached. */
  next: () => Replica | null;

  /** Stores the copy; resolves once it is stored. */
  keep: () => Promise<void>;
  taken: () => void;

  /** It failed, and is tried again by itself. */
  stuck: () => void;

  /** The server will not take it as things are. */
  refused: (error: unknown) => void;

  /** Nothing is under way any more. */
  rested: () => void;
}

/** Answers the frontier after the edit. Throws a Failure. */
type Put = (edit: Edit, until: AbortSignal) => Promise<string[]>;

const GATHER_MS = 60;
const OTHERS_MS = 1_500;
const UNKNOWN_PARENTS = 425;

export class Delivery {
  /** To be called when the copy has moved to another version. */
  moved: (() => void) | null = null;
  private current: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0;
  private isClosed = false;

  constructor(
    private readonly put: Put,
    private readonly events: Events,
  ) {}

  /** Whether an edit was sent of which it is not known what became of it. */
  get isUnderWay(): boolean {
    return this.current !== null;
  }

  /**
   * Sends what there is, after a moment in which more may come together. What is written in that moment does not make it
   * longer, however fast somebody types, nor does it cut short the wait for the next attempt.
   */
  soon(after = GATHER_MS): void {
    if (this.timer === undefined && !this.current && this.events.next()) this.runAfter(after);
  }

  /** At once, and without waiting any longer for the next attempt. */
  hurry(): void {
    this.attempts = 0;
    this.rest();
    this.soon(0);
  }

  close(): void {
    this.isClosed = true;
    this.current?.abort();
    this.rest();
  }

  /**
   * Asks the server which of the sealed edits it has, by sending them again: they may be in the whole text that comes,
   * and are not to be written once more. What it refuses is not there, nor is what builds on that. Throws a Failure when
   * it cannot be asked.
   */
  async settle(replica: Replica, until: AbortSignal): Promise<void> {
    for (let edit = replica.sealed[0]; edit; edit = replica.sealed[0]) {
      try {
        await this.put(edit, until);
      } catch (error) {
        if (isPassing(error) && (error as Failure).status !== UNKNOWN_PARENTS) throw error;
        return;
      }
      replica.acknowledge(edit.version);
      await this.events.keep();
    }
  }

  private runAfter(milliseconds: number): void {
    this.rest();
    this.timer = setTimeout(() => void this.run(), milliseconds);
  }

  /** Until something is to be sent again. */
  private rest(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async run(): Promise<void> {
    this.rest();
    if (this.current || this.isClosed) return;
    const own = (this.current = new AbortController());
    try {
      for (let next = this.events.next(); next; next = this.events.next())
        await this.sendOne(next, own.signal);
      this.attempts = 0;
    } catch (error) {
      if (isPassing(error)) this.later(error as Failure);
      else this.events.refused(error);
    }
    this.current = null;
    if (this.isClosed) return;
    this.events.rested();
    // Something may have been written since the last look.
    if (this.attempts === 0) this.soon();
  }

  private async sendOne(replica: Replica, until: AbortSignal): Promise<void> {
    const edit = replica.sealed[0] ?? replica.seal()!;
    await this.events.keep();
    const frontier = await this.put(edit, until);
    if (this.isClosed) return;
    replica.acknowledge(edit.version);
    this.events.taken();
    await this.events.keep();
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

  private later(failure: Failure): void {
    const wait =
      failure.retryAfterSeconds === null ? backoff(this.attempts) : failure.retryAfterSeconds * 1000;
    this.attempts += 1;
    this.events.stuck();
    this.runAfter(wait);
  }
}
