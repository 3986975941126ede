// Sends the edits of one copy to the server.
//
// One edit is in flight at a time. What the user writes meanwhile waits for the acknowledgement and is sent as one
// edit; if the server says that other edits came first, it waits for those. So updates find the copy at the version
// that they are meant for.
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

  /** Sending failed, and is retried automatically. */
  stuck: () => void;

  /** The server does not accept it in the present state. */
  refused: (error: unknown) => void;

  /** Nothing is in flight any more. */
  idle: () => void;
}

/** The frontier after the edit. Throws a Failure. */
type Put = (edit: Edit, until: AbortSignal) => Promise<string[]>;

const GATHER_MS = 60;
const OTHERS_MS = 1_500;
const UNKNOWN_PARENTS = 425;

export class Delivery {
  /** Call this when the copy has moved to another version. */
  moved: (() => void) | null = null;
  private current: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0;
  private isClosed = false;

  constructor(
    private readonly put: Put,
    private readonly events: Events,
  ) {}

  /** Whether an edit was sent whose outcome is unknown. */
  get isUnderWay(): boolean {
    return this.current !== null;
  }

  /**
   * Sends what there is after a short wait, to send more at once. Further writing does not prolong the wait, however
   * fast someone types, nor does it shorten the wait before a retry.
   */
  soon(after = GATHER_MS): void {
    if (this.timer === undefined && !this.current && this.events.next()) this.runAfter(after);
  }

  /** Immediately, without waiting for the next retry. */
  retryNow(): void {
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
   * Finds out which of the sealed edits the server has, by sending them again: the whole text that arrives may contain
   * them, and they must not be written twice. If the server refuses an edit, it does not have that edit or any that
   * build on it. Throws a Failure if the server cannot be reached.
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

  /** Until something has to be sent again. */
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
    this.events.idle();
    // Something may have been written since the last check.
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

  /** Until the others' edits have arrived, or some time has passed. */
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
