// When a status line expires.
import { text } from "../text/texts";
import { duration, shortDateAndTime } from "../text/time";
import { words } from "../text/settingswords";

const MINUTES = [30, 60, 240];
const AS_IT_IS = "kept";

/** The initial choice: the present expiry, if there is one. */
export const initialChoice = (end: string | null | undefined): string => (end ? AS_IT_IS : "");

/** The choices, each with its label; `end` is the present expiry. */
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

/** `choice` is a number of minutes, `today` for the end of the local day, or empty for never. */
export function endOf(choice: string, end: string | null = null, now: Date = new Date()): string | null {
  if (!choice) return null;
  if (choice === AS_IT_IS) return end;
  if (choice === "today") return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).toISOString();
  return new Date(now.getTime() + Number(choice) * 60_000).toISOString();
}
