// The emoji that a user used recently, and their skin tone.
import type { Id } from "../api/types";
import { listOf, remember } from "../store/preferences";

const MOST = 32;

/** A Unicode emoji as it is, or `c:<id>` for one of a server's. */
export const recentEmoji = (user: Id): string[] => listOf(user, "emoji");
export const noteEmoji = (user: Id, emoji: string): void => remember(user, "emoji", emoji, MOST);

const COMMON = ["👍", "❤️", "😂", "🎉", "😮", "😢", "🙏", "👀"];

/** Emoji for quick reactions: the recent ones, filled up with common ones. */
export function quickEmoji(user: Id): string[] {
  const own = recentEmoji(user).filter((each) => !each.startsWith("c:"));
  return [...new Set([...own.slice(0, COMMON.length / 2), ...COMMON])].slice(0, COMMON.length);
}

export const toneOf = (user: Id): number => Number(listOf(user, "tone")[0] ?? 0);
export const keepTone = (user: Id, tone: number): void => remember(user, "tone", String(tone), 1);
