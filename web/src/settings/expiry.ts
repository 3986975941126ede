// When a status line goes away by itself.
import { text } from "../text/texts";
import { duration } from "../text/time";

const MINUTES = [30, 60, 240];

/** What one can choose from, each with its words. */
export const expiries = (): [choice: string, label: string][] => [
  ...MINUTES.map((minutes): [string, string] => [
    String(minutes),
    text.status.after({ duration: duration(minutes * 60) }),
  ]),
  ["today", text.status.tonight],
  ["", text.status.never],
];

/** `choice` is a number of minutes, `today` for the end of the day here, or nothing for never. */
export function endOf(choice: string, now: Date = new Date()): string | null {
  if (!choice) return null;
  if (choice === "today") return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).toISOString();
  return new Date(now.getTime() + Number(choice) * 60_000).toISOString();
}
