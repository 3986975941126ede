// A colour and letters for everything that has no picture of its own.

const TONES = 8;

export const toneOf = (id: string): string => `var(--tone-${toneIndexOf(id)})`;

export function toneIndexOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = Math.imul(sum ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  return (sum >>> 12) % TONES;
}

export function initialsOf(name: string): string {
  const words = name.split(/[\s_-]+/).filter(Boolean);
  const letters = words.slice(0, 2).map((word) => [...word][0] ?? "");
  return letters.join("").toUpperCase();
}
