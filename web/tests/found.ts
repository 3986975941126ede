// What the client finds in a text, in the form of the test cases that the server shares.
import { parse, type Block, type Inline } from "../src/text/markup";

export interface Found {
  /** The text after each @, once. */
  names: string[];
  code: string[];
}

/** The server looks up at most this many mentions per message. */
const MOST = 100;
const NAME = /^[a-z0-9_]{2,32}(?![\p{L}\p{N}_])/u;

export function foundIn(source: string): Found {
  const parts = parse(source).flatMap(partsOf);
  const behind = parts.flatMap((part) => (part.kind === "mention" ? [part.behind] : [])).slice(0, MOST);
  const names = behind.flatMap((text) => NAME.exec(text)?.[0] ?? []);
  return {
    names: [...new Set(names)],
    code: parts.flatMap((part) => (part.kind === "code" ? [part.text] : [])),
  };
}

function partsOf(block: Block): Inline[] {
  if (block.kind === "code") return [block];
  if (block.kind === "quote") return block.blocks.flatMap(partsOf);
  if (block.kind === "list")
    return block.items.flatMap((item) => [...item.children.flatMap(within), ...item.lists.flatMap(partsOf)]);
  return block.children.flatMap(within);
}

const within = (part: Inline): Inline[] => ("children" in part ? part.children.flatMap(within) : [part]);
