// Keeps one copy in the browser: at once what was written, a moment later what only came. Beside the text stands to
// which life of the server's history it belongs, and when somebody last looked at it.
import type { Document } from "../api/documents";
import { forget, release, save, type Copy } from "./keeping";
import { forgetRead, tidy } from "./reading";
import type { Left } from "./records";
import type { Replica } from "./replica";

const PAUSE_MS = 1_000;

export class Shelf {
  /** What is said of the document, as far as it is known. */
  about: Document | null = null;

  /** The life of the history to which the text belongs, if that is known. */
  epoch: string | null = null;

  /** In milliseconds since 1970. */
  private readAt = 0;
  private isTidy = false;
  private later: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly copy: Copy,
    /** Stores what there is now. */
    private readonly keep: () => Promise<void>,
  ) {}

  adopt({ about, readAt = 0 }: Left): void {
    this.about = about.document ?? null;
    this.epoch = about.epoch;
    this.readAt = readAt;
  }

  /** Somebody looks at it. */
  look(): void {
    this.readAt = Date.now();
  }

  /** What is acknowledged exists elsewhere: it can wait a little. */
  soon(): void {
    this.later ??= setTimeout(() => this.now(), PAUSE_MS);
  }

  /** No longer than until now. */
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

  /** Nothing of the copy is needed any more. */
  async forget(): Promise<void> {
    this.wait();
    await forget(this.copy);
  }

  /** The document is gone, or closed to who read it. */
  async lose(): Promise<void> {
    await this.forget();
    await forgetRead(this.copy.document);
  }

  /** Nobody speaks for the copy any more; `isOver` when the session is. */
  close(isOver: boolean): void {
    this.wait();
    release(this.copy, isOver);
  }

  private wait(): void {
    clearTimeout(this.later);
    this.later = undefined;
  }
}
