// The Back button closes what lies over the page, one layer after the other, before it leaves the page: a drawer, a
// dialog, a panel that covers the messages. Each open layer has a history entry of its own, with the page's address.
//
// The entries follow the layers a moment later (`settle`), so that a dialog that replaces another takes over its entry.
// What leads elsewhere from an open layer replaces its entry (`go`), so that Back returns to the page and not to the
// layer. A link makes an entry of its own, and closes nothing; followed while an entry is being left, which would undo it,
// it is followed again. Entries without a layer, after a reload or by the Forward button, are left again at once.

interface Layer {
  close: () => void;
}

/** After which an entry is no longer being left, since the browser has preferred the link that was followed meanwhile. */
const LEAVING_MS = 1_000;

/** Of an entry that is none of a layer. The first, and that of a link, have none until a layer lies over them. */
const PAGE = { layers: 0 };

const depthNow = (): number => {
  const state: unknown = history.state;
  return typeof state === "object" && state !== null && "layers" in state ? Number(state.layers) : 0;
};

export class Layers {
  private readonly open: Layer[] = [];
  /** An entry is being left here, not by the user; the event for it comes later. */
  private isLeaving = false;
  /** Where the user went meanwhile. */
  private wanted: string | null = null;
  private preferred: ReturnType<typeof setTimeout> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    addEventListener("popstate", () => this.popped());
    this.settleSoon();
  }

  /** For an $effect: something lies over the page until the returned function is called; Back calls `close`. */
  add(close: () => void): () => void {
    const layer = { close };
    this.open.push(layer);
    this.settleSoon();
    return () => {
      this.open.splice(this.open.indexOf(layer), 1);
      this.settleSoon();
    };
  }

  /** Goes to an address; from a layer, in place of its entry. */
  go(fragment: string): void {
    if (location.hash === fragment) return;
    if (depthNow() > 0) history.replaceState(PAGE, "", fragment);
    else history.pushState(PAGE, "", fragment);
    if (this.isLeaving) this.wanted = fragment;
    this.settleSoon();
  }

  /** Changes the address of the page, and of nothing else. */
  rename(fragment: string): void {
    history.replaceState(history.state, "", fragment);
  }

  private popped(): void {
    // Where entries are left to, they have a state. So this is a link, and the entry is still being left.
    if (this.isLeaving && history.state === null) {
      this.wanted = location.hash;
      clearTimeout(this.preferred);
      this.preferred = setTimeout(() => this.arrive(), LEAVING_MS);
      return;
    }
    if (!this.isLeaving && history.state !== null)
      for (const layer of this.open.slice(depthNow()).reverse()) layer.close();
    this.arrive();
  }

  private arrive(): void {
    clearTimeout(this.preferred);
    if (this.wanted !== null && this.wanted !== location.hash) history.pushState(PAGE, "", this.wanted);
    this.isLeaving = false;
    this.wanted = null;
    this.settleSoon();
  }

  /** After the components have opened and closed what belongs to the change. */
  private settleSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle());
  }

  private settle(): void {
    if (this.isLeaving) return;
    const depth = depthNow();
    // Not before a layer needs it: to replace the entry as the page starts discards the address that is just entered.
    if (depth < this.open.length && history.state === null) history.replaceState(PAGE, "");
    this.isLeaving = depth > this.open.length;
    if (this.isLeaving) history.go(this.open.length - depth);
    for (let next = depth + 1; next <= this.open.length; next++)
      history.pushState({ layers: next }, "", location.href);
  }
}
