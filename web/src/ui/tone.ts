// A colour and letters for everything that has no picture of its own.

const TONES = 8;

export const toneOf = (id: string): string => `var(--tone-${toneIndexOf(id)})`;

export function toneIndexOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = Math.imul(sum ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  return (sum >>> 12) % TONES;
}

/** Of the first two words; those that begin with a digit count only alone. */
export function initialsOf(name: string): string {
  const all = name.split(/[\s_-]+/).filter(Boolean);
  const named = all.filter((word) => !/^\p{N}/u.test(word));
  const words = named.length ? named : all;
  const letters = words.slice(0, 2).map((word) => [...word][0] ?? "");
  return letters.join("").toUpperCase();
}
