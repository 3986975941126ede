// Counted like the server counts: in code points.

export const LONGEST_MESSAGE = 4000;
export const COUNT_FROM = 3800;

export function lengthOf(content: string): number {
  return [...content].length;
}
