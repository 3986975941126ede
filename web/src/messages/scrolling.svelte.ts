// Where the reader of a list is, and the only code that scrolls it: at the end, or at a row with its distance from the
// view's upper edge. Only the reader changes that, by scrolling or by asking for a message. Whatever else moves rows
// (messages, pictures, panels, an edit box, a keyboard, the size of the text) is followed by scrolling back to it.
//
// The browser's own scroll anchoring is off: it knows no end, and keeps elements in place that belong to no row.

/** A row in the view. */
export interface Anchor {
  key: string;
  /** The row's message; undefined while it is being sent. */
  message: string | undefined;
  /** The distance of the row's lower edge from the view's upper edge; a row's upper edge moves with the author's name. */
  bottom: number;
}

/** The end, or the rows in the view from the top: the first of them that still exists stays where it is. */
export type Position = "end" | readonly Anchor[];

export interface Extent {
  top: number;
  width: number;
  height: number;
  /** The height of everything that can be scrolled to. */
  whole: number;
}

/** What the model needs of a list; all lengths in pixels. */
export interface View {
  extent: () => Extent;
  rows: () => Anchor[];
  bottomOf: (key: string) => number | undefined;
  bottomOfMessage: (id: string) => number | undefined;
  /** The edges of a box for editing a row, relative to the view's upper edge. */
  typedIn: () => { top: number; bottom: number } | undefined;
  scrollTo: (top: number) => void;
}

/** Wheels and fingers end exactly at the end; the rest is what rounding and a dragged scrollbar leave. */
const AT_END_PX = 8;

export class Scrolling {
  position = $state.raw<Position>("end");
  /** Whether the newest message is in the view. */
  seesEnd = $state(true);
  isFarFromEnd = $state(false);
  /** Counts the moments at which other rows may have come into the view. */
  moves = $state(0);
  private last: Extent = { top: 0, width: 0, height: 0, whole: 0 };
  private wasLoaded = false;
  private isToMeasure = false;
  private hadBox = false;
  private isBoxLeft = false;
  private isTyping = false;

  /**
   * `isLoaded` says whether the rows are there: before that, nothing changes the position. `isPresent` says whether the
   * last row is the newest message, and not only the newest one held.
   */
  constructor(
    private readonly view: View,
    private readonly isLoaded: () => boolean,
    private readonly isPresent: () => boolean,
  ) {}

  /** The list was scrolled, by the reader, by this or by the browser. */
  moved(): void {
    if (this.catchUp()) this.hold();
  }

  /** Call this before the rows change: scroll events arrive a frame late. */
  note(): void {
    this.catchUp();
  }

  /** The user types in a box of the list: the browser scrolls to the caret. */
  typed(): void {
    this.isTyping = true;
    requestAnimationFrame(() => requestAnimationFrame(() => (this.isTyping = false)));
  }

  /** Call this after the rows or the sizes of anything changed. */
  changed(): void {
    this.catchUp();
    this.hold();
  }

  /**
   * While the list is shown: follows the sizes of the list and of its rows, and calls `measured` after each; returns a
   * function that stops it. The first sizes come with the frame that shows the rows: to measure before would be a layout
   * more, and a list that was hidden may have been scrolled by the browser.
   */
  follow(list: HTMLElement, measured?: () => void): () => void {
    this.isToMeasure = true;
    const observer = new ResizeObserver(() => {
      if (!this.isToMeasure) this.catchUp();
      this.isToMeasure = false;
      this.hold();
      measured?.();
    });
    observer.observe(list);
    observer.observe(list.firstElementChild!);
    return () => observer.disconnect();
  }

  toEnd(): void {
    this.position = "end";
    this.isBoxLeft = true;
    this.hold();
  }

  /** What is in the view now is where the reader is. */
  stay(): void {
    const { top, height, whole } = this.view.extent();
    const isAtEnd = whole - height - top < AT_END_PX && this.isPresent();
    this.position = isAtEnd ? "end" : this.view.rows();
    this.settle();
  }

  /** The distances to both ends, in heights of the view. */
  get room(): { above: number; below: number } {
    if (this.isToMeasure) return { above: Infinity, below: Infinity };
    const { top, height, whole } = this.view.extent();
    if (!height) return { above: Infinity, below: Infinity };
    return { above: top / height, below: (whole - height - top) / height };
  }

  /** Follows the reader. Returns whether the position has to be restored. */
  private catchUp(): boolean {
    const { last } = this;
    if (this.isToMeasure || !this.wasLoaded) return false;
    const extent = this.view.extent();
    const by = extent.top - last.top;
    if (!extent.height || Math.abs(by) < 1) return false;
    const isResized = extent.height !== last.height || extent.whole !== last.whole;
    if (this.isTyping || (isResized && this.mayBeBrowser(by, extent))) return true;
    this.isBoxLeft = true;
    if (!isResized || this.position === "end") {
      this.stay();
      return false;
    }
    this.position = this.position.map((row) => ({ ...row, bottom: row.bottom - by }));
    return true;
  }

  /**
   * The browser scrolls if there is less to scroll to, near the end or in another width maybe only for a moment, and for
   * a keyboard.
   */
  private mayBeBrowser(by: number, { whole, width, height }: Extent): boolean {
    const { last } = this;
    if (this.position === "end" || this.view.typedIn()) return true;
    if (by < 0 && width !== last.width) return true;
    return by < 0 && (whole - height < last.top || last.whole - last.height - last.top < last.height);
  }

  /** Scrolls back to where the reader is. */
  private hold(): void {
    if (this.isToMeasure) return;
    const { top, height, whole } = this.view.extent();
    if (!height) return;
    let next = top;
    if (this.position === "end") next = whole - height;
    else {
      const { view } = this;
      const row = this.position.find(({ key }) => view.bottomOf(key) !== undefined);
      if (row) next = top + view.bottomOf(row.key)! - row.bottom;
    }
    next += this.toBox(next - top, height);
    if (Math.abs(next - top) >= 0.5) this.view.scrollTo(next);
    this.settle();
  }

  /** How much further the list is scrolled for a box that the user types in, until the reader scrolls. */
  private toBox(by: number, height: number): number {
    const box = this.view.typedIn();
    if (!box || !this.hadBox) this.isBoxLeft = false; // what was scrolled before it appeared is something else
    this.hadBox = box !== undefined;
    if (!box || this.isBoxLeft) return 0;
    const below = box.bottom - by - height;
    return below > 0 ? below : Math.min(0, Math.max(box.top - by, below));
  }

  private settle(): void {
    this.last = this.view.extent();
    const { top, height, whole } = this.last;
    const distance = whole - height - top;
    this.seesEnd = distance < AT_END_PX && this.isPresent();
    this.isFarFromEnd = distance > 2 * height;
    this.wasLoaded = this.isLoaded();
    this.moves += 1;
  }
}
