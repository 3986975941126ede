// When a status line goes away by itself.
import { text } from "../text/texts";
import { duration, shortDateAndTime } from "../text/time";
import { words } from "./words";

const MINUTES = [30, 60, 240];
const AS_IT_IS = "kept";

/** What is chosen before somebody chooses: the end that stands, if there is one. */
export const standing = (end: string | null | undefined): string => (end ? AS_IT_IS : "");

/** What one can choose from, each with its words; `end` is the one that stands. */
export const expiries = (end: string | null | undefined): [choice: string, label: string][] => [
  ...(end
    ? [[AS_IT_IS, words.profile.until({ when: shortDateAndTime(new Date(end)) })] as [string, string]]
    : []),
  ...MINUTES.map((minutes): [string, string] => [
    String(minutes),
    text.status.after({ duration: duration(minutes * 60) }),
  ]),
  ["today", text.status.tonight],
  ["", text.status.never],
];

/** `choice` is a number of minutes, `today` for the end of the day here, or nothing for never. */
export function endOf(choice: string, end: string | null = null, now: Date = new Date()): string | null {
  if (!choice) return null;
  if (choice === AS_IT_IS) return end;
  if (choice === "today") return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).toISOString();
  return new Date(now.getTime() + Number(choice) * 60_000).toISOString();
}
