// Keeps what is being read where it is on the screen. Before the list changes, the visible rows are noted; after the
// change the list is scrolled so that the first of them that still exists has not moved. Only users at the very end
// scroll along with new messages.

const AT_END_PX = 32;

export class Scrolling {
  isAtEnd = $state(true);
  isFarFromEnd = $state(false);
  private anchors: { row: Element; bottom: number }[] = [];
  private lastTop = 0;

  /** `isPresent` says whether the last row is the newest message, and not only the newest one held. */
  constructor(
    private readonly element: () => HTMLElement | undefined,
    private readonly isPresent: () => boolean,
  ) {}

  /** The user scrolled. */
  moved(): void {
    const list = this.element();
    if (!list) return;
    const distance = list.scrollHeight - list.scrollTop - list.clientHeight;
    this.lastTop = list.scrollTop;
    this.isAtEnd = distance < AT_END_PX && this.isPresent();
    this.isFarFromEnd = distance > 2 * list.clientHeight;
  }

  /** The distances to both ends, in heights of the view. */
  get room(): { above: number; below: number } {
    const list = this.element();
    if (!list?.clientHeight) return { above: Infinity, below: Infinity };
    const below = list.scrollHeight - list.scrollTop - list.clientHeight;
    return { above: list.scrollTop / list.clientHeight, below: below / list.clientHeight };
  }

  /** Call this before the rows change. */
  note(): void {
    const list = this.element();
    this.anchors = [];
    this.catchUp();
    if (!list || this.isAtEnd) return;
    const view = list.getBoundingClientRect();
    const { children } = list.firstElementChild!;
    for (let at = firstBelow(children, view.top); at < children.length; at++) {
      const row = children[at]!;
      const { top, bottom } = row.getBoundingClientRect();
      if (top > view.bottom) break;
      // The lower edge: the upper one moves when a row gains or loses its author's name.
      if (bottom > view.top && row.hasAttribute("data-row")) this.anchors.push({ row, bottom });
    }
  }

  /** Call this after the rows changed. */
  hold(): void {
    const list = this.element();
    if (!list) return;
    if (this.isAtEnd) return this.toEnd();
    const anchor = this.anchors.find(({ row }) => row.isConnected);
    if (!anchor) return;
    const shift = anchor.row.getBoundingClientRect().bottom - anchor.bottom;
    if (Math.abs(shift) >= 0.5) list.scrollTop += shift;
  }

  /** The view or the rows were resized. */
  resized(): void {
    this.catchUp();
    if (this.isAtEnd) this.toEnd();
  }

  /** Scroll events arrive a frame late; changes in that frame must not scroll back. */
  private catchUp(): void {
    const list = this.element();
    if (list && this.isAtEnd && list.scrollTop < this.lastTop - 1) this.moved();
  }

  toEnd(): void {
    const list = this.element();
    if (!list) return;
    this.isAtEnd = true;
    this.isFarFromEnd = false;
    list.scrollTop = list.scrollHeight;
    this.lastTop = list.scrollTop;
  }
}

/** The first of a column of elements that ends below a line; found without measuring each of them. */
function firstBelow(elements: HTMLCollection, line: number): number {
  let [from, to] = [0, elements.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (elements[middle]!.getBoundingClientRect().bottom > line) to = middle;
    else from = middle + 1;
  }
  return from;
}
