// The wire counts Unicode code points, the editor UTF-16 units. Texts are split at line feeds only, so a carriage
// return is a character like any other, and other line ends are sent back unchanged.
//
// Line ends need no table beside the text, and positions differ from the wire's only by characters outside the basic
// plane.
import { ChangeSet, Text } from "@codemirror/state";

/** Replaces the code points from `from` to `to` of the text before the update. */
export interface Patch {
  from: number;
  to: number;
  text: string;
}

export const textOf = (content: string): Text => Text.of(content.split("\n"));

export const contentOf = (text: Text): string => text.sliceString(0, text.length, "\n");

/** The number of code points; an unpaired surrogate counts as one. */
export function pointsIn(content: string): number {
  if (!/[\ud800-\udbff]/.test(content)) return content.length;
  let points = 0;
  for (let at = 0; at < content.length; points += 1) at += widthAt(content, at);
  return points;
}

const widthAt = (content: string, at: number): number => (content.codePointAt(at)! > 0xffff ? 2 : 1);

/**
 * The number of surrogate pairs in each part of a text. Most changes leave most parts unchanged, so little is counted
 * again.
 */
const counted = new WeakMap<Text, number>();

function pairsIn(text: Text): number {
  let pairs = counted.get(text);
  if (pairs === undefined) {
    if (text.children) pairs = text.children.reduce((sum, part) => sum + pairsIn(part), 0);
    else pairs = text.length - pointsIn(contentOf(text));
    counted.set(text, pairs);
  }
  return pairs;
}

/** The code points before a UTF-16 position. Takes time logarithmic in the text's length, as does the inverse. */
export function pointsAt(text: Text, units: number): number {
  if (!text.children) return pointsIn(text.sliceString(0, units, "\n"));
  let [start, points] = [0, 0];
  for (const part of text.children) {
    if (units <= start + part.length) return points + pointsAt(part, units - start);
    start += part.length + 1;
    points += part.length - pairsIn(part) + 1;
  }
  return points - 1;
}

/** The UTF-16 position after this many code points, at most the text's end. */
export function unitsAt(text: Text, points: number): number {
  if (!text.children) return widthOf(contentOf(text), points);
  let start = 0;
  let left = points;
  for (const part of text.children) {
    const inPart = part.length - pairsIn(part);
    if (left <= inPart) return start + unitsAt(part, left);
    start += part.length + 1;
    left -= inPart + 1;
  }
  return text.length;
}

/** The length of the first code points in UTF-16 units. */
function widthOf(content: string, points: number): number {
  let at = 0;
  for (let left = points; left > 0 && at < content.length; left -= 1) at += widthAt(content, at);
  return at;
}

/** An editor change as patches on the wire: sorted, disjoint, never through the middle of a surrogate pair. */
export function patchesOf(changes: ChangeSet, before: Text): Patch[] {
  return spansOf(changes, before).map(({ from, to, text }) => ({
    from: pointsAt(before, from),
    to: pointsAt(before, to),
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

/** An update from the wire as an editor change. */
export function changesOf(patches: readonly Patch[], before: Text): ChangeSet {
  const spans = patches.map(({ from, to, text }) => ({
    from: unitsAt(before, from),
    to: unitsAt(before, to),
    insert: textOf(text),
  }));
  return ChangeSet.of(spans, before.length);
}

/** Code points deleted and inserted, by which version numbers grow. */
export function sizeOf(patches: readonly Patch[]): number {
  return patches.reduce((sum, { from, to, text }) => sum + to - from + pointsIn(text), 0);
}
