// The little markup people write, read into a tree of plain records. Nothing here makes HTML: components
// render the tree as elements and text nodes, so what somebody wrote can never become markup by itself.

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "strong" | "emphasis" | "strike"; children: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "link"; url: string; text: string };

export type Block =
  | { kind: "paragraph"; children: Inline[] }
  | { kind: "quote"; children: Inline[] }
  | { kind: "code"; language: string; text: string };

const FENCE = /```(?:([\w+#.-]{1,20})\n)?\n?([\s\S]*?)```/g;
const DEEPEST = 6;

export function parse(source: string): Block[] {
  const blocks: Block[] = [];
  let end = 0;
  for (const match of source.matchAll(FENCE)) {
    if (!match[2]!.trim()) continue;
    blocks.push(...prose(source.slice(end, match.index)));
    blocks.push({ kind: "code", language: match[1] ?? "", text: match[2]!.replace(/\n$/, "") });
    end = match.index + match[0].length;
  }
  blocks.push(...prose(source.slice(end)));
  return blocks;
}

/** Runs of lines that begin with `> ` are quotes; the rest are paragraphs that keep their line breaks. */
function prose(source: string): Block[] {
  const trimmed = source.replace(/^\n+|\n+$/g, "");
  if (!trimmed.trim()) return [];
  const runs: { isQuote: boolean; lines: string[] }[] = [];
  for (const line of trimmed.split("\n")) {
    const isQuote = /^> ?\S/.test(line);
    const last = runs.at(-1);
    const content = isQuote ? line.replace(/^> ?/, "") : line;
    if (last?.isQuote === isQuote) last.lines.push(content);
    else runs.push({ isQuote, lines: [content] });
  }
  return runs.map(({ isQuote, lines }) => ({
    kind: isQuote ? "quote" : "paragraph",
    children: inline(lines.join("\n")),
  }));
}

/** The words alone, as they are read aloud. */
export function wordsOf(source: string): string {
  return parse(source)
    .map((block) => (block.kind === "code" ? block.text : inlineWords(block.children)))
    .join("\n");
}

function inlineWords(parts: Inline[]): string {
  return parts.map((part) => ("children" in part ? inlineWords(part.children) : part.text)).join("");
}

/** The addresses that a text links to, each once, in their order. */
export function linksOf(source: string): string[] {
  const found = parse(source).flatMap((block) => (block.kind === "code" ? [] : inlineLinks(block.children)));
  return [...new Set(found)];
}

function inlineLinks(parts: Inline[]): string[] {
  return parts.flatMap((part) =>
    part.kind === "link" ? [part.url] : "children" in part ? inlineLinks(part.children) : [],
  );
}

interface Rule {
  pattern: RegExp;
  make: (match: RegExpExecArray, depth: number) => Inline;
}

const nested =
  (kind: "strong" | "emphasis" | "strike") =>
  (match: RegExpExecArray, depth: number): Inline => ({ kind, children: inline(match[1]!, depth + 1) });

const RULES: Rule[] = [
  { pattern: /`([^`\n]+)`/, make: (match) => ({ kind: "code", text: match[1]! }) },
  { pattern: /https?:\/\/[^\s<>"`]+/i, make: (match) => link(match[0]) },
  { pattern: /\*\*(?=\S)([^\n]*?\S)\*\*(?!\*)/, make: nested("strong") },
  { pattern: /~~(?=\S)([^\n]*?\S)~~/, make: nested("strike") },
  { pattern: /\*(?=[^\s*])([^*\n]*?[^\s*])\*/, make: nested("emphasis") },
  { pattern: /(?<![\w])_(?=[^\s_])([^_\n]*?[^\s_])_(?![\w])/, make: nested("emphasis") },
];

export function inline(source: string, depth = 0): Inline[] {
  if (depth >= DEEPEST) return [{ kind: "text", text: source }];
  const parts: Inline[] = [];
  const rules = RULES.map((rule) => new Search(rule, source));
  let end = 0;
  for (;;) {
    const next = earliest(rules, end);
    if (!next) break;
    const made = next.rule.make(next.match, depth);
    if (next.match.index > end) parts.push({ kind: "text", text: source.slice(end, next.match.index) });
    parts.push(made);
    end = next.match.index + (made.kind === "link" ? made.url.length : next.match[0].length);
  }
  if (end < source.length) parts.push({ kind: "text", text: source.slice(end) });
  return parts;
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

/** Punctuation that ends the sentence, or a bracket opened before the link, is not part of the link. */
function link(found: string): Inline {
  let url = found;
  for (;;) {
    const last = url.at(-1)!;
    const opener = { ")": "(", "]": "[", "}": "{" }[last];
    const isLoose = opener !== undefined && url.split(last).length > url.split(opener).length;
    if (!isLoose && !/[.,:;!?'*_~]/.test(last)) break;
    url = url.slice(0, -1);
  }
  return URL.canParse(url) ? { kind: "link", url, text: url } : { kind: "text", text: found };
}
