// The filter that is being written in a question, and what can stand behind it.
import { best, fit } from "./fuzzy";

export const FILTERS = ["from", "in", "mentions", "has", "before", "after"] as const;
export type Filter = (typeof FILTERS)[number];

export interface Written {
  filter: Filter;
  value: string;
  /** Where the value begins. */
  from: number;
}

/** What a message can be asked to have. */
export const THINGS = ["link", "file", "image", "video", "audio", "pin"];

const MOST = 8;
const PATTERN = new RegExp(String.raw`(?:^|\s)(${FILTERS.join("|")}):"?([^\s":]*)$`, "i");

export function filterAt(query: string, caret: number): Written | null {
  const match = PATTERN.exec(query.slice(0, caret));
  if (!match) return null;
  const from = query.slice(0, caret).lastIndexOf(":") + 1;
  return { filter: match[1]!.toLowerCase() as Filter, value: match[2]!.replace(/^[@#]/, ""), from };
}

/** What can stand behind a filter; people are found by what they are called as well. */
export interface Value {
  value: string;
  called?: string;
}

/** The values that fit what was written of one, without the one that is written whole. */
export function valuesFor<Known extends Value>({ value }: Written, known: readonly Known[]): Known[] {
  const fits = ({ value: own, called }: Known) => Math.max(fit(own, value), called ? fit(called, value) : 0);
  const found = best(known, (one) => (value ? Math.max(0, fits(one) - 2) : 1), MOST);
  return found.length === 1 && found[0]!.value === value ? [] : found;
}

/** The question with the value written whole, and where the caret stands then. */
export function completed(query: string, caret: number, { from }: Written, value: string): [string, number] {
  const written = /\s/.test(value) ? `"${value}" ` : `${value} `;
  const rest = query.slice(caret).trimStart();
  return [query.slice(0, from) + written + rest, from + written.length];
}

/** Days that people ask for: today, and some time before. */
export function days(today: Date): string[] {
  return [0, 1, 7, 30, 365].map((back) => {
    const day = new Date(today.getFullYear(), today.getMonth(), today.getDate() - back, 12);
    const two = (part: number) => String(part).padStart(2, "0");
    return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
  });
}
