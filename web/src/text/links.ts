// Links in prose: a bare address, <an address> without a preview, and [words](with a target).

export interface Link {
  kind: "link";
  url: string;
  /** Never names another site than `url`. */
  text: string;
  /** Without a preview. */
  isQuiet: boolean;
}

/** A link, or null for what only looks like one, and its length in characters. */
export interface FoundLink {
  link: Link | null;
  length: number;
}

// An address contains nothing invisible, and nothing that changes the text direction.
const IN_ADDRESS = String.raw`[^\s<>"${"`"}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]`;
const BARE = new RegExp(`https?://${IN_ADDRESS}+`, "iy");
const QUIET = new RegExp(`<(https?://${IN_ADDRESS}{1,2000})>`, "iy");
const NAMED = new RegExp(
  String.raw`\[([^\[\]\n]{1,300})\]\((<?)(https?://(?:${IN_ADDRESS.replace("<>", "<>()")}|\([^\s()]{0,200}\)){1,2000})(>?)\)`,
  "iy",
);
const OPENERS: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

/** The link that begins at a position of a text. */
export function linkAt(text: string, at: number): FoundLink | null {
  const [pattern, read] =
    text[at] === "<" ? [QUIET, quiet] : text[at] === "[" ? [NAMED, named] : [BARE, bare];
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match && read(match);
}

/** Punctuation that ends the sentence, and a bracket that was opened before the link, are not part of the link. */
function bare([found]: RegExpExecArray): FoundLink {
  const count = new Map<string, number>();
  for (const sign of found) count.set(sign, (count.get(sign) ?? 0) + 1);
  let length = found.length;
  for (; ; length--) {
    const last = found[length - 1]!;
    const opener = OPENERS[last];
    const isLoose = opener !== undefined && count.get(last)! > (count.get(opener) ?? 0);
    if (!isLoose && !/[.,:;!?'*_~|]/.test(last)) break;
    count.set(last, count.get(last)! - 1);
  }
  const url = found.slice(0, length);
  if (!isAddress(url)) return { link: null, length: found.length };
  return { link: { kind: "link", url, text: url, isQuiet: false }, length };
}

function quiet([whole, url]: RegExpExecArray): FoundLink {
  const link: Link = { kind: "link", url: url!, text: url!, isQuiet: true };
  return { link: isAddress(url!) ? link : null, length: whole.length };
}

/** Words with a target. If they look like an address themselves, it must be of the same site. */
function named([whole, words, open, url, close]: RegExpExecArray): FoundLink {
  const isLink = isAddress(url!) && words!.trim() && !isDeceiving(words!, url!);
  const link: Link = { kind: "link", url: url!, text: words!, isQuiet: Boolean(open && close) };
  return { link: isLink ? link : null, length: whole.length };
}

/** It must not contain a username and password: readers would take what is before the @ for the site. */
function isAddress(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  return parsed !== null && !parsed.username && !parsed.password;
}

function isDeceiving(words: string, url: string): boolean {
  if (/[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/.test(words)) return true;
  const site = new URL(url).hostname.replace(/^www\./, "");
  const claimed =
    words
      .toLowerCase()
      .match(
        /[\p{L}\p{N}][\p{L}\p{N}-]*(?:[.\u2024\u3002\uff0e]+[\p{L}\p{N}-]+)*[.\u2024\u3002\uff0e]\p{L}{2,}/gu,
      ) ?? [];
  return (
    claimed.some((each) => each.replace(/^www\./, "") !== site) ||
    (/^\w+:\/\//.test(words) && !claimed.length)
  );
}
