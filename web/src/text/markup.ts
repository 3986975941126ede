// The little markup people write, read into a tree of plain records. Nothing here makes HTML: components
// render the tree as elements and text nodes, so what somebody wrote can never become markup by itself.
// However it is nested, the tree is at most a few levels deep, and reading it takes time in proportion to its length.
import { inline, type Inline } from "./inline";

export { inline, type Inline };

export interface Item {
  children: Inline[];
  lists: List[];
}

export interface List {
  kind: "list";
  isOrdered: boolean;
  start: number;
  items: Item[];
}

export type Block =
  | { kind: "paragraph"; children: Inline[] }
  | { kind: "heading"; level: number; children: Inline[] }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "code"; language: string; text: string }
  | List;

// Not behind a quote's mark: such a block belongs to the quote, which reads it itself.
const FENCE = /(?<!^>[^\n]*)```(?:([\w+#.-]{1,20})\n)?\n?([\s\S]*?)```/gm;
const HEADING = /^(#{1,3}) +(\S.*)$/;
const QUOTE = /^> ?/;
const REST = /^>>> ?/;
const ITEM = /^( {0,8})(?:[-*+]|(\d{1,3})[.)]) +(\S.*)$/;
const DEEPEST_QUOTE = 3;
const DEEPEST_LIST = 3;

/** What the markup hides until somebody asks for it, where only words are told. */
export const HIDDEN = "▒▒▒";

/** Texts that were read lately: each is asked for when it is drawn, when its links are, and when it is drawn again. */
const known = new Map<string, Block[]>();
const MOST_KNOWN = 1_000;

/** What a text means. The answer is shared with everybody who asks, and not to be changed. */
export function parse(source: string): readonly Block[] {
  const blocks = known.get(source) ?? read(source, 0);
  known.delete(source);
  known.set(source, blocks);
  if (known.size > MOST_KNOWN) known.delete(known.keys().next().value!);
  return blocks;
}

function read(source: string, depth: number): Block[] {
  if (!source.includes("```")) return prose(source, depth);
  const blocks: Block[] = [];
  let end = 0;
  for (const match of source.matchAll(FENCE)) {
    if (!match[2]!.trim() || match.index < end) continue;
    const before = source.slice(end, match.index);
    if (/^>>> ?/m.test(before)) break;
    blocks.push(...prose(before, depth));
    blocks.push({ kind: "code", language: match[1] ?? "", text: match[2]!.replace(/\n$/, "") });
    end = match.index + match[0].length;
  }
  blocks.push(...prose(source.slice(end), depth));
  return blocks;
}

/** Lines, gathered into the blocks that they belong to. */
function prose(source: string, depth: number): Block[] {
  const lines = source.replace(/^\n+|\n+$/g, "").split("\n");
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  const close = () => {
    const words = paragraph.join("\n").replace(/^\n+|\n+$/g, "");
    if (words.trim()) blocks.push({ kind: "paragraph", children: inline(words) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length;) {
    const found = blockAt(lines, at, depth);
    if (found) {
      close();
      blocks.push(found.block);
    } else paragraph.push(lines[at]!);
    at = found?.end ?? at + 1;
  }
  close();
  return blocks;
}

interface Found {
  block: Block;
  /** The line behind it. */
  end: number;
}

function blockAt(lines: string[], at: number, depth: number): Found | null {
  const line = lines[at]!;
  const heading = HEADING.exec(line);
  if (heading)
    return {
      block: { kind: "heading", level: heading[1]!.length, children: inline(heading[2]!) },
      end: at + 1,
    };
  return quoteAt(lines, at, depth) ?? listAt(lines, at);
}

function quoteAt(lines: string[], at: number, depth: number): Found | null {
  if (depth >= DEEPEST_QUOTE) return null;
  if (REST.test(lines[at]!)) {
    const rest = lines.slice(at).join("\n").replace(REST, "");
    return rest.trim() ? { block: quoteOf(rest, depth), end: lines.length } : null;
  }
  if (!/^>( ?\S| $|$)/.test(lines[at]!)) return null;
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end]!) && !REST.test(lines[end]!)) end++;
  const words = lines
    .slice(at, end)
    .map((line) => line.replace(QUOTE, ""))
    .join("\n");
  return words.trim() ? { block: quoteOf(words, depth), end } : null;
}

const quoteOf = (source: string, depth: number): Block => ({
  kind: "quote",
  blocks: read(source, depth + 1),
});

interface Entry {
  indent: number;
  isOrdered: boolean;
  number: number;
  lines: string[];
}

/** Items; lines that are indented behind an item belong to it. */
function listAt(lines: string[], at: number): Found | null {
  if (!ITEM.test(lines[at]!)) return null;
  const entries: Entry[] = [];
  let end = at;
  for (; end < lines.length; end++) {
    const match = ITEM.exec(lines[end]!);
    if (match) entries.push(entryOf(match));
    else if (/^ {2,}\S/.test(lines[end]!)) entries.at(-1)!.lines.push(lines[end]!.trim());
    else break;
  }
  // Another kind of item at the outer level begins another list.
  const [first] = entries;
  const other = entries.findIndex(
    (each) => each.indent <= first!.indent && each.isOrdered !== first!.isOrdered,
  );
  const own = other < 0 ? entries : entries.slice(0, other);
  const used = other < 0 ? end - at : own.reduce((sum, each) => sum + each.lines.length, 0);
  return { block: listOf(own, 1), end: at + used };
}

const entryOf = ([, indent, number, words]: RegExpExecArray): Entry => ({
  indent: indent!.length,
  isOrdered: number !== undefined,
  number: Number(number ?? 1),
  lines: [words!],
});

function listOf(entries: Entry[], depth: number): List {
  const [first] = entries;
  const items: { entry: Entry; below: Entry[] }[] = [];
  for (const entry of entries) {
    const last = items.at(-1);
    if (last && depth < DEEPEST_LIST && entry.indent >= first!.indent + 2) last.below.push(entry);
    else items.push({ entry, below: [] });
  }
  return {
    kind: "list",
    isOrdered: first!.isOrdered,
    start: first!.number,
    items: items.map(({ entry, below }) => ({
      children: inline(entry.lines.join("\n")),
      lists: below.length ? [listOf(below, depth + 1)] : [],
    })),
  };
}

/** The words alone, as they are read aloud. What is hidden stays hidden. */
export function wordsOf(source: string): string {
  return parse(source).map(blockWords).join("\n");
}

function blockWords(block: Block): string {
  if (block.kind === "code") return block.text;
  if (block.kind === "quote") return block.blocks.map(blockWords).join("\n");
  if (block.kind === "list")
    return block.items
      .map((item) => [inlineWords(item.children), ...item.lists.map(blockWords)].join("\n"))
      .join("\n");
  return inlineWords(block.children);
}

function inlineWords(parts: Inline[]): string {
  return parts
    .map((part) => {
      if (part.kind === "spoiler") return HIDDEN;
      return "children" in part ? inlineWords(part.children) : part.text;
    })
    .join("");
}

/** The addresses that a text links to and that may be shown, each once, in their order. */
export function linksOf(source: string): string[] {
  return /https?:/i.test(source) ? [...new Set(parse(source).flatMap(blockLinks))] : [];
}

function blockLinks(block: Block): string[] {
  if (block.kind === "code") return [];
  if (block.kind === "quote") return block.blocks.flatMap(blockLinks);
  if (block.kind === "list")
    return block.items.flatMap((item) => [...inlineLinks(item.children), ...item.lists.flatMap(blockLinks)]);
  return inlineLinks(block.children);
}

function inlineLinks(parts: Inline[]): string[] {
  return parts.flatMap((part) => {
    if (part.kind === "link") return part.isQuiet ? [] : [part.url];
    return "children" in part && part.kind !== "spoiler" ? inlineLinks(part.children) : [];
  });
}

/** Whether a text is nothing but a few emoji, which are shown large then. */
export function isOnlyEmoji(source: string): boolean {
  return (
    /^(?:(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|[\u{1f3fb}-\u{1f3ff}\u200d\ufe0f\u20e3])|\s|:[a-z0-9_-]{1,32}:){1,60}$/u.test(
      source,
    ) && source.length <= 120
  );
}
