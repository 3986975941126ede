// The filter that is being typed in a query, and its possible values.
import { best, fit } from "../text/fuzzy";

export const FILTERS = ["from", "in", "mentions", "has", "before", "after"] as const;
export type Filter = (typeof FILTERS)[number];

export interface Written {
  filter: Filter;
  value: string;
  /** Where the value begins. */
  from: number;
}

/** What a message can be required to have. */
export const THINGS = ["link", "file", "image", "video", "audio", "pin"];

const MOST = 8;
const PATTERN = new RegExp(String.raw`(?:^|\s)(${FILTERS.join("|")}):"?([^\s":]*)$`, "i");

export function filterAt(query: string, caret: number): Written | null {
  const match = PATTERN.exec(query.slice(0, caret));
  if (!match) return null;
  const from = query.slice(0, caret).lastIndexOf(":") + 1;
  return { filter: match[1]!.toLowerCase() as Filter, value: match[2]!.replace(/^[@#]/, ""), from };
}

const NAMES = /(?:^|\s)(from|in|mentions):(?:"([^"]*)"|(\S+))/gi;

/** Who and what filters of a query name, without signs; the server knows "me" too. */
export function namedIn(query: string): { filter: "from" | "in" | "mentions"; name: string }[] {
  return [...query.matchAll(NAMES)]
    .map(([, filter, quoted, word]) => ({
      filter: filter!.toLowerCase() as "from" | "in" | "mentions",
      name: (quoted ?? word ?? "").replace(/^[@#]/, ""),
    }))
    .filter(({ filter, name }) => name && (filter === "in" || name.toLowerCase() !== "me"));
}

/** A filter's possible value; people are also found by their other names. */
export interface Value {
  value: string;
  called?: string;
}

/** The values that match what was typed of one, except a value that is already complete. */
export function valuesFor<Known extends Value>({ value }: Written, known: readonly Known[]): Known[] {
  const fits = ({ value: own, called }: Known) => Math.max(fit(own, value), called ? fit(called, value) : 0);
  const found = best(known, (one) => (value ? Math.max(0, fits(one) - 2) : 1), MOST);
  return found.length === 1 && found[0]!.value === value ? [] : found;
}

/** The query with the completed value, and the caret's position after it. */
export function completed(query: string, caret: number, { from }: Written, value: string): [string, number] {
  const written = /\s/.test(value) ? `"${value}" ` : `${value} `;
  const rest = query.slice(caret).trimStart();
  return [query.slice(0, from) + written + rest, from + written.length];
}

/** Common days to search for: today, and some time before. */
export function days(today: Date): string[] {
  return [0, 1, 7, 30, 365].map((back) => {
    const day = new Date(today.getFullYear(), today.getMonth(), today.getDate() - back, 12);
    const two = (part: number) => String(part).padStart(2, "0");
    return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
  });
}
