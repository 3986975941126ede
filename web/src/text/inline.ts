// The markup within a line.

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "strong" | "emphasis" | "strike" | "spoiler"; children: Inline[] }
  | { kind: "code"; text: string }
  /** `isQuiet`: without a preview. `text` never names another site than `url`. */
  | { kind: "link"; url: string; text: string; isQuiet: boolean };

const DEEPEST = 6;

interface Rule {
  pattern: RegExp;
  /** What it makes, and of how many characters if not of all that matched. */
  make: (match: RegExpExecArray, depth: number) => { part: Inline; length?: number };
}

type Nesting = "strong" | "emphasis" | "strike" | "spoiler";

const nested =
  (kind: Nesting): Rule["make"] =>
  (match, depth) => ({ part: { kind, children: inline(match[1]!, depth + 1) } });

// An address holds nothing invisible and nothing that turns the direction of writing.
const IN_ADDRESS = String.raw`[^\s<>"${"`"}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]`;

/** Every rule begins with one of these; most texts have none of them. */
const MARKS = /[\\`<[|*_~]|https?:/i;

const RULES: Rule[] = [
  { pattern: /\\([\\`*_~|#>[\](){}:@.!<-])/, make: (match) => ({ part: { kind: "text", text: match[1]! } }) },
  { pattern: /(?<!`)``(?!`)([^\n]{1,2000}?[^`\n])``(?!`)/, make: (match) => code(match[1]!.trim()) },
  { pattern: /`([^`\n]+)`/, make: (match) => code(match[1]!) },
  { pattern: new RegExp(`<(https?://${IN_ADDRESS}{1,2000})>`, "i"), make: (match) => quiet(match) },
  {
    pattern: new RegExp(
      String.raw`\[([^\[\]\n]{1,300})\]\((<?)(https?://(?:${IN_ADDRESS.replace("<>", "<>()")}|\([^\s()]{0,200}\)){1,2000})(>?)\)`,
      "i",
    ),
    make: (match) => named(match),
  },
  { pattern: new RegExp(`https?://${IN_ADDRESS}+`, "i"), make: (match) => bare(match[0]) },
  { pattern: /\|\|(?=\S)([^\n]*?\S)\|\|/, make: nested("spoiler") },
  { pattern: /\*\*(?=\S)([^\n]*?\S)\*\*(?!\*)/, make: nested("strong") },
  { pattern: /(?<![\w])__(?=\S)([^\n]*?\S)__(?![\w])/, make: nested("strong") },
  { pattern: /~~(?=\S)([^\n]*?\S)~~/, make: nested("strike") },
  { pattern: /\*(?=[^\s*])([^*\n]*?[^\s*])\*/, make: nested("emphasis") },
  { pattern: /(?<![\w])_(?=[^\s_])([^_\n]*?[^\s_])_(?![\w])/, make: nested("emphasis") },
];

export function inline(source: string, depth = 0): Inline[] {
  if (!source) return [];
  if (depth >= DEEPEST || !MARKS.test(source)) return [{ kind: "text", text: source }];
  const parts: Inline[] = [];
  const rules = RULES.map((rule) => new Search(rule, source));
  let end = 0;
  for (;;) {
    const next = earliest(rules, end);
    if (!next) break;
    const { part, length } = next.rule.make(next.match, depth);
    if (next.match.index > end) add(parts, { kind: "text", text: source.slice(end, next.match.index) });
    add(parts, part);
    end = next.match.index + (length ?? next.match[0].length);
  }
  if (end < source.length) add(parts, { kind: "text", text: source.slice(end) });
  return parts;
}

/** Neighbouring texts are one. */
function add(parts: Inline[], part: Inline): void {
  const last = parts.at(-1);
  if (part.kind === "text" && last?.kind === "text") last.text += part.text;
  else parts.push(part);
}

/** Remembers where a rule matches next, so that a text is searched once for each rule and not once a match. */
class Search {
  private readonly pattern: RegExp;
  private match: RegExpExecArray | null = null;
  private isOver = false;

  constructor(
    readonly rule: Rule,
    private readonly source: string,
  ) {
    this.pattern = new RegExp(rule.pattern.source, rule.pattern.flags + "g");
  }

  from(start: number): RegExpExecArray | null {
    if (this.isOver || (this.match && this.match.index >= start)) return this.match;
    this.pattern.lastIndex = start;
    this.match = this.pattern.exec(this.source);
    this.isOver = this.match === null;
    return this.match;
  }
}

function earliest(searches: Search[], start: number): { rule: Rule; match: RegExpExecArray } | null {
  let best: { rule: Rule; match: RegExpExecArray } | null = null;
  for (const search of searches) {
    const match = search.from(start);
    if (match && (!best || match.index < best.match.index)) best = { rule: search.rule, match };
  }
  return best;
}

const code = (text: string): { part: Inline } => ({ part: { kind: "code", text } });

/** Punctuation that ends the sentence, or a bracket opened before the link, is not part of the link. */
function bare(found: string): { part: Inline; length: number } {
  let url = found;
  for (;;) {
    const last = url.at(-1)!;
    const opener = { ")": "(", "]": "[", "}": "{" }[last];
    const isLoose = opener !== undefined && url.split(last).length > url.split(opener).length;
    if (!isLoose && !/[.,:;!?'*_~|]/.test(last)) break;
    url = url.slice(0, -1);
  }
  if (!isAddress(url)) return { part: { kind: "text", text: found }, length: found.length };
  return { part: { kind: "link", url, text: url, isQuiet: false }, length: url.length };
}

function quiet(match: RegExpExecArray): { part: Inline } {
  const url = match[1]!;
  if (!isAddress(url)) return { part: { kind: "text", text: match[0] } };
  return { part: { kind: "link", url, text: url, isQuiet: true } };
}

/** Words that lead somewhere. Those that look like an address themselves must be of the same site. */
function named(match: RegExpExecArray): { part: Inline } {
  const [whole, words, open, url, close] = match;
  if (!isAddress(url!) || !words!.trim() || isDeceiving(words!, url!))
    return { part: { kind: "text", text: whole } };
  return { part: { kind: "link", url: url!, text: words!, isQuiet: Boolean(open && close) } };
}

/** No name and password in it: what stands before the @ would be taken for the site. */
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
