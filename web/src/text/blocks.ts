// The blocks of a text, read line by line. `src/coterie/messages/markup.py` finds the same ones.
import { fenceOf, isClosing, type Fence } from "./code";
import { inline, type Inline } from "./inline";

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

const HEADING = /^(#{1,3}) +(\S.*)$/s;
const QUOTE = /^> ?/;
const QUOTED = /^>( ?\S| $|$)/;
const REST = /^>>> ?/;
const ITEM = /^( {0,8})(?:[-*+]|(\d{1,3})[.)]) +(\S.*)$/s;
const CONTINUED = /^ {2,}\S/;
const DEEPEST_QUOTE = 3;
const DEEPEST_LIST = 3;

/** Lines that form a block; empty if they are plain text. */
interface Found {
  block: Block | null;
  /** The line after it. */
  end: number;
}

export function blocksOf(source: string, depth = 0): Block[] {
  const lines = source.split("\n");
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  const close = () => {
    blocks.push(...paragraphOf(paragraph));
    paragraph = [];
  };
  for (let at = 0; at < lines.length;) {
    const found = blockAt(lines, at, depth);
    const end = found?.end ?? at + 1;
    if (found?.block) {
      paragraph.push(...markOf(lines[at]!, found.block));
      close();
      blocks.push(found.block);
    } else for (const line of lines.slice(at, end)) paragraph.push(line);
    at = end;
  }
  close();
  return blocks;
}

function paragraphOf(lines: string[]): Block[] {
  const first = lines.findIndex((line) => line !== "");
  const words = lines.slice(first, lines.findLastIndex((line) => line !== "") + 1).join("\n");
  return words.trim() ? [{ kind: "paragraph", children: inline(words) }] : [];
}

/** A code block that begins in a list item is placed below the item's marker. */
function markOf(line: string, block: Block): string[] {
  const item = block.kind === "code" ? ITEM.exec(line) : null;
  return item ? [line.slice(0, -item[3]!.length)] : [];
}

function blockAt(lines: string[], at: number, depth: number): Found | null {
  const line = lines[at]!;
  const words = ITEM.exec(line)?.[3] ?? line;
  const fence = fenceOf(words);
  if (fence) return codeAt(lines, at, { ...fence, indent: fence.indent + line.length - words.length });
  const heading = HEADING.exec(line);
  if (heading)
    return {
      block: { kind: "heading", level: heading[1]!.length, children: inline(heading[2]!) },
      end: at + 1,
    };
  return quoteAt(lines, at, depth) ?? listAt(lines, at);
}

/** Up to the closing fence, or to the end. An empty code block is shown as it was written. */
function codeAt(lines: string[], at: number, fence: Fence): Found {
  let end = at + 1;
  while (end < lines.length && !isClosing(fence, lines[end]!)) end++;
  const indent = new RegExp(`^[ \t]{0,${fence.indent}}`);
  const text = lines
    .slice(at + 1, end)
    .map((line) => line.replace(indent, ""))
    .join("\n");
  end = Math.min(end + 1, lines.length);
  if (text.trim()) return { block: { kind: "code", language: fence.language, text }, end };
  const written = lines.slice(at, end).join("\n").replace(/\n$/, "");
  return { block: { kind: "paragraph", children: [{ kind: "text", text: written }] }, end };
}

function quoteAt(lines: string[], at: number, depth: number): Found | null {
  if (depth >= DEEPEST_QUOTE) return null;
  if (REST.test(lines[at]!)) {
    const rest = lines.slice(at).join("\n").replace(REST, "");
    return { block: rest.trim() ? quoteOf(rest, depth) : null, end: lines.length };
  }
  if (!QUOTED.test(lines[at]!)) return null;
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end]!) && !REST.test(lines[end]!)) end++;
  const words = lines
    .slice(at, end)
    .map((line) => line.replace(QUOTE, ""))
    .join("\n");
  return { block: words.trim() ? quoteOf(words, depth) : null, end };
}

const quoteOf = (source: string, depth: number): Block => ({
  kind: "quote",
  blocks: blocksOf(source, depth + 1),
});

interface Entry {
  indent: number;
  isOrdered: boolean;
  number: number;
  lines: string[];
}

/** List items; indented lines after an item belong to it. Another kind of item begins another list. */
function listAt(lines: string[], at: number): Found | null {
  const entries: Entry[] = [];
  let end = at;
  for (; end < lines.length; end++) {
    const match = ITEM.exec(lines[end]!);
    if (fenceOf(match?.[3] ?? lines[end]!)) break;
    const entry = match && entryOf(match);
    if (entry) {
      const [first] = entries;
      if (first && entry.indent <= first.indent && entry.isOrdered !== first.isOrdered) break;
      entries.push(entry);
    } else if (entries.length && CONTINUED.test(lines[end]!)) entries.at(-1)!.lines.push(lines[end]!.trim());
    else break;
  }
  return entries.length ? { block: listOf(entries, 1), end } : null;
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
