// The simple markup of messages, parsed into a tree of plain records. Nothing here creates HTML: components render the
// tree as elements and text nodes, so what a user wrote can never become HTML. However it is nested, the tree is at
// most a few levels deep, and parsing takes time proportional to its length.
import { blocksOf, type Block } from "./blocks";
import { inline, type Inline } from "./inline";

export { inline, type Block, type Inline };
export type { Item, List } from "./blocks";

/** Replaces hidden text where only words are shown. */
export const HIDDEN = "▒▒▒";

/** Recently parsed texts: each is parsed when it is drawn, when its links are needed, and when it is drawn again. */
const known = new Map<string, Block[]>();
const MOST_KNOWN = 1_000;

/** The parsed text. The result is shared by all callers and must not be changed. */
export function parse(source: string): readonly Block[] {
  const blocks = known.get(source) ?? blocksOf(source.replaceAll(/\r\n?/g, "\n"));
  known.delete(source);
  known.set(source, blocks);
  if (known.size > MOST_KNOWN) known.delete(known.keys().next().value!);
  return blocks;
}

const LONGEST_PREVIEW = 200;

/** The first of the words, in one line. */
export function previewOf(source: string): string {
  return [...wordsOf(source).replaceAll(/\s+/g, " ").trim()].slice(0, LONGEST_PREVIEW).join("");
}

/** The words alone, as a screen reader says them. Hidden text stays hidden. */
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

/** The addresses of a text's links that may have previews, each once, in order. */
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

/** Whether a text is nothing but a few emoji, which are then shown large. */
export function isOnlyEmoji(source: string): boolean {
  return (
    /^(?:(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|[\u{1f3fb}-\u{1f3ff}\u200d\ufe0f\u20e3])|\s|:[a-z0-9_-]{1,32}:){1,60}$/u.test(
      source,
    ) && source.length <= 120
  );
}
