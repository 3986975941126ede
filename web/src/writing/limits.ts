// Counted as the server does: in code points.
import { text } from "../text/texts";

export const LONGEST_MESSAGE = 4000;
export const COUNT_FROM = 3800;

export function lengthOf(content: string): number {
  return [...content].length;
}

/** How many characters are left, or how many are too many. */
export function spaceLeft(characters: number): string {
  const { left, tooMany } = text.messages;
  return characters < 0 ? tooMany({ count: -characters }) : left({ count: characters });
}
