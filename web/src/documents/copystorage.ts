// Stores one copy in the browser: the user's own edits immediately, other changes a moment later. Also stores the
// text's epoch, and when a user last looked at it.
import type { Document } from "../api/documents";
import { forget, release, save, type Copy } from "./keeping";
import { forgetRead, tidy } from "./reading";
import type { Left } from "./records";
import type { Replica } from "./replica";

const PAUSE_MS = 1_000;

export class CopyStorage {
  /** The document's record, if known. */
  about: Document | null = null;

  /** The epoch of the text, if known. */
  epoch: string | null = null;

  /** In milliseconds since 1970. */
  private readAt = 0;
  private isTidy = false;
  private later: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly copy: Copy,
    /** Stores the present state. */
    private readonly keep: () => Promise<void>,
  ) {}

  adopt({ about, readAt = 0 }: Left): void {
    this.about = about.document ?? null;
    this.epoch = about.epoch;
    this.readAt = readAt;
  }

  /** The user looks at it. */
  look(): void {
    this.readAt = Date.now();
  }

  /** Acknowledged text exists elsewhere: it can wait a little. */
  soon(): void {
    this.later ??= setTimeout(() => this.now(), PAUSE_MS);
  }

  /** Ends the wait. */
  now(): void {
    if (this.later === undefined) return;
    this.wait();
    void this.keep();
  }

  /** Resolves once it is stored. */
  async put(title: string, replica: Replica): Promise<void> {
    this.wait();
    const { epoch, about } = this;
    await save(this.copy, { title, epoch, document: about }, this.readAt, replica);
    if (!this.isTidy) void tidy();
    this.isTidy = true;
  }

  /** Deletes everything that is stored of the copy. */
  async forget(): Promise<void> {
    this.wait();
    await forget(this.copy);
  }

  /** The document was deleted, or the user can no longer view it. */
  async lose(): Promise<void> {
    await this.forget();
    await forgetRead(this.copy.document);
  }

  /** Gives up the copy; `isOver` if the session has ended. */
  close(isOver: boolean): void {
    this.wait();
    release(this.copy, isOver);
  }

  private wait(): void {
    clearTimeout(this.later);
    this.later = undefined;
  }
}
