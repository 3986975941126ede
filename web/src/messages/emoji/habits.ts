// Which emoji somebody used lately, and their skin tone.
import type { Id } from "../../api/types";
import { listOf, remember } from "../../store/own";

const MOST = 32;

/** An emoji of Unicode as it is, or `c:<id>` for one of a server. */
export const recentEmoji = (user: Id): string[] => listOf(user, "emoji");
export const noteEmoji = (user: Id, emoji: string): void => remember(user, "emoji", emoji, MOST);

const COMMON = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀"];

/** Those to react with at once: the ones used lately, filled up with common ones. */
export function quickEmoji(user: Id): string[] {
  const own = recentEmoji(user).filter((each) => !each.startsWith("c:"));
  return [...new Set([...own.slice(0, COMMON.length / 2), ...COMMON])].slice(0, COMMON.length);
}

export const toneOf = (user: Id): number => Number(listOf(user, "tone")[0] ?? 0);
export const keepTone = (user: Id, tone: number): void => remember(user, "tone", String(tone), 1);
