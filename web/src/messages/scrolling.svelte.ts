// Keeps what is being read where it is on the screen. Before the list changes, the rows in view are noted;
// after the change the list is moved so that the first of them that is still there has not moved. Only
// somebody at the very end is carried along with new messages.

const AT_END_PX = 32;

export class Scrolling {
  isAtEnd = $state(true);
  isFarFromEnd = $state(false);
  private anchors: { row: Element; bottom: number }[] = [];
  private lastTop = 0;

  /** `isPresent` tells whether the last row is the newest message, and not only the newest one held. */
  constructor(
    private readonly element: () => HTMLElement | undefined,
    private readonly isPresent: () => boolean,
  ) {}

  /** The person scrolled. */
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

  /** To be called before the rows change. */
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

  /** To be called after the rows changed. */
  hold(): void {
    const list = this.element();
    if (!list) return;
    if (this.isAtEnd) return this.toEnd();
    const anchor = this.anchors.find(({ row }) => row.isConnected);
    if (!anchor) return;
    const shift = anchor.row.getBoundingClientRect().bottom - anchor.bottom;
    if (Math.abs(shift) >= 0.5) list.scrollTop += shift;
  }

  /** The view or the rows changed their size. */
  resized(): void {
    this.catchUp();
    if (this.isAtEnd) this.toEnd();
  }

  /** The event of a scroll comes a frame late; what changes meanwhile must not take the person back. */
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

/** The first of some elements, one below the other, that ends below a line; found without asking each for its place. */
function firstBelow(elements: HTMLCollection, line: number): number {
  let [from, to] = [0, elements.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (elements[middle]!.getBoundingClientRect().bottom > line) to = middle;
    else from = middle + 1;
  }
  return from;
}
