// How long to wait before the next attempt: doubling, bounded, and spread so that the clients of a restarted server do
// not all return at the same moment.

export const FIRST_MS = 500;
export const LONGEST_MS = 30_000;

export function backoff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return ceiling / 2 + (ceiling / 2) * random();
}
