// How much of a long list is drawn. As many rows as usually fit the view are drawn in the frame in which a channel
// opens; those above follow in steps, each after a paint, so that neither the first view nor a key press waits for them.
// A page that comes later is added in two steps, from the rows that are there: each frame of scrolling has half the work.

import { afterPaint } from "../ui/afterpaint";

/** Between a row that continues a group and one with a name above it. */
const ROW_PX = 44;
const MORE_THAN_FIT = 2;
/** The header above the list, and what is written below it. */
const AROUND_PX = 120;

/** Of a page that comes later. With 8 rows, what each step costs besides them took more than twice the processor time. */
const STEP = 25;

interface Drawable {
  key: string;
  kind: string;
}

export class Drawing {
  /** The rows that were drawn last. */
  private drawn: readonly Drawable[] = [];
  private isOpened = false;
  private turn = $state(0);
  private wholes = $state(0);
  private readonly fitting = Math.ceil((innerHeight - AROUND_PX) / ROW_PX) + MORE_THAN_FIT;

  /**
   * The rows to draw now: those that were drawn and are still there, and a step more on each side. A reader who is at
   * the end gets all that came there.
   */
  of<Row extends Drawable>(rows: Row[], isAtEnd: boolean): Row[] {
    void this.turn;
    if (this.wholes || document.hidden) return rows; // a hidden page has no frames
    const places = new Map(rows.map(({ key }, place) => [key, place]));
    const first = places.get(this.drawn.find((row) => isKept(row, places))?.key ?? "");
    const last = places.get(this.drawn.findLast((row) => isKept(row, places))?.key ?? "");
    if (first === undefined || last === undefined) return rows.slice(-this.fitting);
    const step = this.isOpening ? this.fitting : STEP;
    const from = Math.max(0, first - step);
    const to = isAtEnd ? rows.length : Math.min(rows.length, last + 1 + step);
    return to - from === rows.length ? rows : rows.slice(from, to);
  }

  /** Call this after these rows were drawn, which may be all of them. */
  drew(rows: readonly Drawable[], areAll: boolean): void {
    this.drawn = rows;
    this.isOpened ||= areAll && rows.length > 0;
  }

  /** Whether rows are missing that the list had from the beginning. */
  get isOpening(): boolean {
    return !this.isOpened;
  }

  /** Draws a step more after the next paint; returns a function that stops it. */
  proceed(): () => void {
    return afterPaint(() => (this.turn += 1));
  }

  /** Draws everything at once while it works: what it looks for must be on the page. */
  async wholly<Result>(work: () => Promise<Result>): Promise<Result> {
    this.wholes += 1;
    return work().finally(() => (this.wholes -= 1));
  }
}

/** The line of a day moves up to the day's first message. */
const isKept = ({ kind, key }: Drawable, places: ReadonlyMap<string, number>): boolean =>
  (kind === "message" || kind === "system") && places.has(key);
