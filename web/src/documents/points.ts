// The wire counts Unicode code points, the editor UTF-16 units. Texts are split at line feeds only, so that a carriage
// return is a character like any other and what came with other line ends goes back as it came.
import { ChangeSet, Text, type TextIterator } from "@codemirror/state";

/** Replaces the code points from `from` to `to` of the text before the update. */
export interface Patch {
  from: number;
  to: number;
  text: string;
}

export const textOf = (content: string): Text => Text.of(content.split("\n"));

export const contentOf = (text: Text): string => text.sliceString(0, text.length, "\n");

/** How many code points; half a pair that stands alone counts as one. */
export function pointsIn(content: string): number {
  if (!/[\ud800-\udbff]/.test(content)) return content.length;
  let points = 0;
  for (let at = 0; at < content.length; points += 1) at += widthAt(content, at);
  return points;
}

const widthAt = (content: string, at: number): number => (content.codePointAt(at)! > 0xffff ? 2 : 1);

/** Goes through a text once, forwards, and knows at each place both counts. */
export class Walk {
  private readonly pieces: TextIterator;
  private piece = "";
  private start = { units: 0, points: 0 };

  constructor(text: Text) {
    this.pieces = text.iter();
  }

  /** Code points before a UTF-16 position. Positions must be asked for in ascending order. */
  points(units: number): number {
    while (this.start.units + this.piece.length < units && this.next());
    return this.start.points + pointsIn(this.piece.slice(0, units - this.start.units));
  }

  /** The UTF-16 position after so many code points, at most the text's end. Ascending, too. */
  units(points: number): number {
    while (this.start.points + pointsIn(this.piece) < points && this.next());
    let at = 0;
    for (let left = points - this.start.points; left > 0 && at < this.piece.length; left -= 1)
      at += widthAt(this.piece, at);
    return this.start.units + at;
  }

  private next(): boolean {
    const { units, points } = this.start;
    const [width, count] = [this.piece.length, pointsIn(this.piece)];
    if (this.pieces.next().done) return false;
    this.start = { units: units + width, points: points + count };
    this.piece = this.pieces.value;
    return true;
  }
}

/** What a change of the editor is on the wire: sorted, apart from each other, never through the middle of a pair. */
export function patchesOf(changes: ChangeSet, before: Text): Patch[] {
  const walk = new Walk(before);
  return spansOf(changes, before).map(({ from, to, text }) => ({
    from: walk.points(from),
    to: walk.points(to),
    text,
  }));
}

function spansOf(changes: ChangeSet, before: Text): Patch[] {
  const spans: Patch[] = [];
  changes.iterChanges((from, to, _fromAfter, _toAfter, inserted) => {
    let text = contentOf(inserted);
    if (splits(before, from)) text = before.sliceString(--from, from + 1) + text;
    if (splits(before, to)) text += before.sliceString(to, ++to);
    spans.push({ from, to, text });
  });
  return spans;
}

const splits = (text: Text, at: number): boolean =>
  at > 0 && at < text.length && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.sliceString(at - 1, at + 1));

/** What an update of the wire is in the editor. */
export function changesOf(patches: readonly Patch[], before: Text): ChangeSet {
  const walk = new Walk(before);
  const spans = patches.map(({ from, to, text }) => ({
    from: walk.units(from),
    to: walk.units(to),
    insert: textOf(text),
  }));
  return ChangeSet.of(spans, before.length);
}

/** Code points deleted and inserted, by which version numbers grow. */
export function sizeOf(patches: readonly Patch[]): number {
  return patches.reduce((sum, { from, to, text }) => sum + to - from + pointsIn(text), 0);
}
