// A list of rows as the model of its scrolling sees it.
import type { Anchor, View } from "../messages/scrolling.svelte";

/** `element` scrolls; its first child holds the rows. */
export function listView(element: () => HTMLElement | undefined): View {
  const upper = (list: HTMLElement) => list.getBoundingClientRect().top + list.clientTop;

  function bottomOf(row: string): number | undefined {
    const list = element();
    const found = list?.querySelector(row);
    return found ? found.getBoundingClientRect().bottom - upper(list!) : undefined;
  }

  return {
    extent() {
      const list = element();
      const { scrollTop = 0, clientWidth = 0, clientHeight = 0, scrollHeight = 0 } = list ?? {};
      return { top: scrollTop, width: clientWidth, height: clientHeight, whole: scrollHeight };
    },
    rows() {
      const list = element();
      return list ? rowsIn(list, upper(list)) : [];
    },
    bottomOf: (key) => bottomOf(`[data-row="${CSS.escape(key)}"]`),
    bottomOfMessage: (id) => bottomOf(`[data-message="${id}"]`),
    typedIn() {
      const list = element();
      const box = list?.querySelector("[data-typed-in]");
      if (!box) return undefined;
      const { top, bottom } = box.getBoundingClientRect();
      return { top: top - upper(list!), bottom: bottom - upper(list!) };
    },
    scrollTo(top) {
      element()!.scrollTop = top;
    },
  };
}

function rowsIn(list: HTMLElement, upper: number): Anchor[] {
  const found: Anchor[] = [];
  const rows = list.firstElementChild!.querySelectorAll<HTMLElement>(":scope > [data-row]");
  for (let at = firstBelow(rows, upper); at < rows.length; at++) {
    const row = rows[at]!;
    const { top, bottom } = row.getBoundingClientRect();
    if (top >= upper + list.clientHeight) break;
    const { row: key, message } = row.dataset;
    if (key && bottom > upper) found.push({ key, message, bottom: bottom - upper });
  }
  return found;
}

/** The first of a column of elements that ends below a line; found without measuring each of them. */
function firstBelow(elements: ArrayLike<Element>, line: number): number {
  let [from, to] = [0, elements.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (elements[middle]!.getBoundingClientRect().bottom > line) to = middle;
    else from = middle + 1;
  }
  return from;
}
