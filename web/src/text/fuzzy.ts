// How well a name matches what was typed: all letters in order, better at the beginnings of words.

const MARKS = /\p{M}+/gu;

/** Lower case without accents, so that "cafe" finds "Café". */
export function folded(text: string): string {
  return text.normalize("NFKD").replaceAll(MARKS, "").toLowerCase();
}

/**
 * 0 if it does not match; otherwise, higher is better. The beginning of the name ranks first, then the beginning of a
 * word, then a part of it, then scattered letters; among equals, the shorter name.
 */
export function fit(name: string, query: string): number {
  return fitFolded(folded(name), folded(query));
}

/** Like `fit`, for text that is already folded. */
export function fitFolded(where: string, what: string): number {
  if (!what) return 1;
  const short = 1 / (where.length + 1);
  const at = where.indexOf(what);
  if (at === 0) return 4 + (where.length === what.length ? 1 : 0) + short;
  if (at > 0) return (startsWord(where, what) ? 3 : 2) + short;
  return isScattered(where, what) ? 1 + short : 0;
}

function startsWord(where: string, what: string): boolean {
  for (let at = where.indexOf(what); at >= 0; at = where.indexOf(what, at + 1))
    if (!/[\p{L}\p{N}]/u.test(where[at - 1] ?? " ")) return true;
  return false;
}

function isScattered(where: string, what: string): boolean {
  let at = -1;
  for (const letter of what) {
    at = where.indexOf(letter, at + 1);
    if (at < 0) return false;
  }
  return true;
}

/** The best of them, best first; equals keep their order. */
export function best<Thing>(all: Iterable<Thing>, value: (thing: Thing) => number, most: number): Thing[] {
  const scored: { thing: Thing; score: number }[] = [];
  for (const thing of all) {
    const score = value(thing);
    if (score > 0) scored.push({ thing, score });
  }
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ thing }) => thing);
}
