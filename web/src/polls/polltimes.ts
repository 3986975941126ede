// When a poll closes, in words, and shares of votes.
import { locale } from "../text/language.svelte";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The longest that a timer may wait. */
const LONGEST = 12 * HOUR;

/** In 3 days, in 5 hours, in 20 minutes: in the largest unit of which two are left. */
export function inWords(ends: number, now: number): string {
  const left = Math.max(ends - now, MINUTE);
  const relative = new Intl.RelativeTimeFormat(locale());
  if (left >= 2 * DAY) return relative.format(Math.round(left / DAY), "day");
  if (left >= 2 * HOUR) return relative.format(Math.round(left / HOUR), "hour");
  return relative.format(Math.round(left / MINUTE), "minute");
}

/** After how many milliseconds those words change, or the poll closes. */
export function untilNextChange(ends: number, now: number): number {
  const left = ends - now;
  const step = left >= 2 * DAY ? LONGEST : left >= 2 * HOUR ? HOUR / 2 : MINUTE;
  return Math.max(50, Math.min(left + 50, step));
}

export function inPercent(share: number): string {
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(share);
}
