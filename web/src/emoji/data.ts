// The Unicode emoji with their names, in the language of the interface and in English, loaded from this server only.
//
// The data is emoji-picker-element-data (Apache-2.0, made from Unicode's). English is always searched, because everyone
// knows those names. Emoji newer than Unicode 15.1 are left out: many machines show them as boxes.
import de from "emoji-picker-element-data/de/cldr/data.json?url";
import en from "emoji-picker-element-data/en/emojibase/data.json?url";
import es from "emoji-picker-element-data/es/cldr/data.json?url";
import { best, fitFolded, folded } from "../text/fuzzy";

export interface Emoji {
  emoji: string;
  name: string;
  group: number;
  /** As typed between colons; the first one is displayed. */
  short: string[];
  /** By skin tone, 1 to 5, if it has any. */
  tones: string[];
  /** Search terms, folded: its names first, then other words. */
  names: string[];
  words: string[];
}

/** An emoji's names in one language. */
interface Named {
  emoji: string;
  annotation: string;
  shortcodes?: string[];
  tags?: string[];
}

interface Entry extends Named {
  group: number;
  order: number;
  version: number;
  skins?: { tone: number | number[]; emoji: string }[];
}

/** Many machines still show newer ones as boxes. */
const NEWEST = 15.1;
const SOURCES: Record<string, () => Promise<Named[]>> = {
  ar: async () => (await import("virtual:emoji-names/ar")).default,
  de: () => fetched(de),
  es: () => fetched(es),
};
const loaded = new Map<string, Promise<Emoji[]>>();

/** All of them in order. After a failure, the next call fetches them again. */
export function allEmoji(language = document.documentElement.lang): Promise<Emoji[]> {
  const key = language.split("-")[0]!;
  const known = loaded.get(key);
  if (known) return known;
  const work = read(key);
  loaded.set(key, work);
  work.catch(() => loaded.delete(key));
  return work;
}

async function read(language: string): Promise<Emoji[]> {
  const [english, local] = await Promise.all([fetched(en), SOURCES[language]?.() ?? []]);
  return merged(english, local);
}

async function fetched(address: string): Promise<Entry[]> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return (await response.json()) as Entry[];
}

export function merged(english: Entry[], local: Named[]): Emoji[] {
  const translated = new Map(local.map((entry) => [entry.emoji, entry]));
  return english
    .filter(({ version }) => version <= NEWEST)
    .sort((a, b) => a.order - b.order)
    .map((entry) => emojiOf(entry, translated.get(entry.emoji)));
}

function emojiOf(entry: Entry, local: Named | undefined): Emoji {
  const short = [...(entry.shortcodes ?? []), ...(local?.shortcodes ?? [])];
  const name = local?.annotation ?? entry.annotation;
  const tones = (entry.skins ?? []).filter(({ tone }) => typeof tone === "number");
  return {
    emoji: entry.emoji,
    name,
    group: entry.group,
    short,
    tones: tones.map(({ emoji }) => emoji),
    names: [name, entry.annotation, ...short].map((each) => folded(each.replaceAll("_", " "))),
    words: [...(entry.tags ?? []), ...(local?.tags ?? [])].map(folded),
  };
}

/** The emoji whose names or other words match, best first; of those that match alike, the favourites. */
export function findEmoji(
  all: readonly Emoji[],
  query: string,
  most: number,
  favourites: readonly string[] = [],
): Emoji[] {
  const what = folded(query.replaceAll("_", " ")).trim();
  const bonus = ({ emoji }: Emoji) => (favourites.includes(emoji) ? 0.5 : 0);
  const worth = (each: Emoji) => {
    const fit = value(each, what);
    return fit && fit + bonus(each);
  };
  return best(all, worth, most);
}

/** Letters that are scattered over a name do not match: long names contain nearly any. */
function value({ names, words }: Emoji, what: string): number {
  const own = Math.max(...names.map((name) => fitFolded(name, what)));
  if (own >= 2) return own + (own >= 4 ? 1 : 0);
  return words.some((word) => word.startsWith(what)) ? 1 : 0;
}

/** In a skin tone, 0 for none. */
export const toned = ({ emoji, tones }: Emoji, tone: number): string => tones[tone - 1] ?? emoji;
