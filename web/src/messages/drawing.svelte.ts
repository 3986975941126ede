// How much of a long list is drawn. What fits the view is drawn in the frame in which a place opens; what lies above it
// follows in steps, each after a paint, so that neither the first sight nor a key that is pressed meanwhile waits for it.

const LEAST_ROW_PX = 26;
const MORE_THAN_FITS = 2;

export class Drawing {
  /** So many rows at the end of the list. */
  private count = $state(0);
  private readonly step = Math.ceil(innerHeight / LEAST_ROW_PX) + MORE_THAN_FITS;

  constructor() {
    if (document.hidden) this.all();
    else this.count = this.step;
  }

  of<T>(rows: T[]): T[] {
    return rows.length > this.count ? rows.slice(-this.count) : rows;
  }

  /** All that is held is wanted at once, now and from now on. */
  all(): void {
    this.count = Infinity;
  }

  /** Goes on after the next paint, until all of the rows are drawn; answers how to stop it. */
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
