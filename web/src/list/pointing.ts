// Which row the user points at. While the list scrolls, rows pass under a resting pointer; their buttons would appear
// and disappear and cost more than the scrolling itself, so a row is chosen only when the list has stopped.

const STILL_MS = 100;

export class Pointing {
  private movedAt = -Infinity;
  private key: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly take: (key: string) => void) {}

  /** The pointer reached a row. */
  over(key: string | null): void {
    this.key = key;
    this.settle();
  }

  /** The list scrolled. */
  moved(): void {
    this.movedAt = performance.now();
  }

  /** The pointer left the list. */
  leave(): void {
    this.key = null;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private settle(): void {
    if (this.key === null || this.timer) return;
    const wait = this.movedAt + STILL_MS - performance.now();
    if (wait <= 0) return this.take(this.key);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.settle();
    }, wait);
  }
}
