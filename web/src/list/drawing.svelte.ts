// How much of a long list is drawn. As many rows as usually fit the view are drawn in the frame in which a channel
// opens; those above follow in steps, each after a paint, so that neither the first view nor a key press waits for them.
//
// An older page is inserted at once: in steps, each of which lays out the list again, it took over a third more
// processor time.

import { afterPaint } from "../ui/afterpaint";

/** Between a row that continues a group and one with a name above it. */
const ROW_PX = 44;
const MORE_THAN_FIT = 2;

export class Drawing {
  /** The number of rows at the end of the list. */
  private count = $state(0);
  private readonly step = Math.ceil(innerHeight / ROW_PX) + MORE_THAN_FIT;

  constructor() {
    if (document.hidden) this.all();
    else this.count = this.step;
  }

  of<T>(rows: T[]): T[] {
    return rows.length > this.count ? rows.slice(-this.count) : rows;
  }

  /** Draws everything at once, now and from now on. */
  all(): void {
    this.count = Infinity;
  }

  /** Continues after each paint until that number of rows is drawn; returns a function that stops it. */
  proceed(rows: number): () => void {
    const draw = () => {
      if (this.count + this.step >= rows) return this.all();
      this.count += this.step;
      stop = afterPaint(draw);
    };
    let stop = afterPaint(draw);
    return () => stop();
  }
}
