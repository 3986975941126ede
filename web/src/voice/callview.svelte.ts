// How the call is shown in this tab: beside the page, as a small tile above it, or not at all.

export type ViewSize = "large" | "small" | "hidden";
export type Corner = "start-start" | "start-end" | "end-start" | "end-end";

const CORNERS: Corner[] = ["end-end", "end-start", "start-start", "start-end"];

export class CallView {
  /** What the user chose; null as long as they have not: then a tile appears if there is something to see. */
  chosen = $state<ViewSize | null>(null);

  /** The picture that the user wants to see large, by its key; empty for none. */
  pinned = $state("");

  /** Where the tile is: the block side and the inline side. */
  corner = $state<Corner>("end-end");

  /** Whether the call, while it is large, takes the place of the messages too. */
  isAlone = $state(false);

  /** Whether the camera's preview is open. */
  isPreviewing = $state(false);

  nextCorner(): void {
    this.corner = CORNERS[(CORNERS.indexOf(this.corner) + 1) % CORNERS.length]!;
  }

  /** The next call begins as the first one did; the tile stays in its corner. */
  reset(): void {
    this.chosen = null;
    this.pinned = "";
    this.isAlone = false;
    this.isPreviewing = false;
  }
}
