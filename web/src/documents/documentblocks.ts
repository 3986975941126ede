// A document for reading: the same plain blocks as in messages, and what longer texts need in addition. Nothing here
// creates HTML.
import { fenceOf, isClosing, type Fence } from "../text/code";
import { inline, type Inline } from "../text/inline";

export interface Item {
  depth: number;

  /** Its line in the text, counted from zero. */
  line: number;

  /** Whether the task is done; null if the item is not a task. */
  isDone: boolean | null;
  number: number | null;
  children: Inline[];
}

export type Alignment = "start" | "center" | "end";

export type DocumentBlock =
  | { kind: "heading"; level: 1 | 2 | 3 | 4; children: Inline[] }
  | { kind: "list"; items: Item[] }
  | { kind: "line" }
  | { kind: "table"; alignments: Alignment[]; head: Inline[][]; rows: Inline[][][] }
  | { kind: "paragraph" | "quote"; children: Inline[] }
  | { kind: "code"; language: string; text: string };

const HEADING = /^ {0,3}(#{1,6})\s+(.*)$/;
const LINE = /^ {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$/;
const ITEM = /^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(?:\[([ xX])\]\s+)?(.*)$/;
const QUOTE = /^ {0,3}> ?/;
const BELOW_HEAD = /^ {0,3}\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const DEEPEST = 6;

/** A longer list is split, so that a part of it can be drawn. */
const LONGEST_LIST = 100;

export const blocksOf = (content: string): DocumentBlock[] =>
  new Reading(content.replaceAll("\r\n", "\n").split("\n")).blocks();

/** Reads the lines once. */
class Reading {
  private readonly found: DocumentBlock[] = [];
  private prose: string[] = [];
  private at = 0;

  constructor(private readonly lines: string[]) {}

  blocks(): DocumentBlock[] {
    while (this.at < this.lines.length) this.read(this.lines[this.at++]!);
    this.settle();
    return this.found;
  }

  private read(line: string): void {
    const fence = /^ {0,3}[`~]/.test(line) ? fenceOf(line) : null;
    const heading = HEADING.exec(line);
    const item = LINE.test(line) ? null : ITEM.exec(line);
    if (fence) this.add({ kind: "code", language: fence.language, text: this.codeIn(fence) });
    else if (heading) this.add(headingOf(heading));
    else if (LINE.test(line)) this.add({ kind: "line" });
    else if (item) this.addItem(itemOf(item, this.at - 1));
    else if (isHead(line, this.lines[this.at])) this.addTable(line);
    else this.prose.push(line);
  }

  private add(block: DocumentBlock): void {
    this.settle();
    this.found.push(block);
  }

  private addItem(item: Item): void {
    const last = this.found.at(-1);
    const isOpen = last?.kind === "list" && this.prose.length === 0 && last.items.length < LONGEST_LIST;
    if (isOpen) last.items.push(item);
    else this.add({ kind: "list", items: [item] });
  }

  private addTable(head: string): void {
    const alignments = cellsOf(this.lines[this.at++]!).map(alignmentOf);
    const rows: Inline[][][] = [];
    while (this.lines[this.at]?.includes("|")) rows.push(this.row(this.lines[this.at++]!, alignments.length));
    this.add({ kind: "table", alignments, head: this.row(head, alignments.length), rows });
  }

  /** Exactly as many cells as the table has columns. */
  private row(line: string, width: number): Inline[][] {
    const cells = cellsOf(line);
    return Array.from({ length: width }, (_, index) => inline(cells[index] ?? ""));
  }

  /** Up to the closing fence, or to the end of the text. */
  private codeIn(fence: Fence): string {
    const start = this.at;
    while (this.at < this.lines.length && !isClosing(fence, this.lines[this.at]!)) this.at += 1;
    return this.lines.slice(start, this.at++).join("\n");
  }

  /** An empty line begins a new paragraph, and so do the first and the last line of a quote. */
  private settle(): void {
    for (const run of this.prose.join("\n").split(/\n(?:[ \t]*\n)+/)) this.found.push(...runsOf(run));
    this.prose = [];
  }
}

function runsOf(paragraph: string): DocumentBlock[] {
  const runs: { kind: "quote" | "paragraph"; lines: string[] }[] = [];
  for (const line of paragraph.split("\n").filter((each) => each.trim())) {
    const kind = QUOTE.test(line) ? "quote" : "paragraph";
    const last = runs.at(-1);
    if (last?.kind === kind) last.lines.push(line.replace(QUOTE, ""));
    else runs.push({ kind, lines: [line.replace(QUOTE, "")] });
  }
  return runs.map(({ kind, lines }) => ({ kind, children: inline(lines.join("\n")) }));
}

function headingOf([, marks, words]: RegExpExecArray): DocumentBlock {
  const level = Math.min(marks!.length, 4) as 1 | 2 | 3 | 4;
  return { kind: "heading", level, children: inline(words!.trimEnd()) };
}

const isHead = (line: string, below: string | undefined): boolean =>
  line.includes("|") &&
  below !== undefined &&
  below.includes("|") &&
  BELOW_HEAD.test(below) &&
  cellsOf(line).length === cellsOf(below).length;

/** The text between the bars, except for escaped bars. */
function cellsOf(line: string): string[] {
  const row = line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return row.split(/(?<!\\)\|/).map((cell) => cell.replaceAll("\\|", "|").trim());
}

function alignmentOf(marks: string): Alignment {
  if (!marks.endsWith(":")) return "start";
  return marks.startsWith(":") ? "center" : "end";
}

function itemOf([, indent, number, done, words]: RegExpExecArray, line: number): Item {
  return {
    line,
    depth: Math.min(Math.floor(indent!.replaceAll("\t", "  ").length / 2), DEEPEST),
    isDone: done === undefined ? null : done !== " ",
    number: number === undefined ? null : Number(number),
    children: inline(words!),
  };
}
