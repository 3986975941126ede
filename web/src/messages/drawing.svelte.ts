// How much of a long list is drawn. The rows that fit the view are drawn in the frame in which a channel opens; those
// above follow in steps, each after a paint, so that neither the first view nor a key press waits for them.
//
// An older page is inserted at once: in steps, each of which lays out the list again, it took over a third more
// processor time.

const LEAST_ROW_PX = 26;
const MORE_THAN_FITS = 2;

export class Drawing {
  /** The number of rows at the end of the list. */
  private count = $state(0);
  private readonly step = Math.ceil(innerHeight / LEAST_ROW_PX) + MORE_THAN_FITS;

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

  /** Continues after the next paint until all rows are drawn; returns a function that stops it. */
  proceed(rows: number): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const frame = requestAnimationFrame(() => {
      timer = setTimeout(() => {
        if (this.count + this.step < rows) this.count += this.step;
        else this.all();
      });
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }
}
