// Which parts of a text are code, by the rules of CommonMark. `src/coterie/messages/markup.py` has the same rules, so
// that the client and the server agree on who is mentioned; `tests/messages/mentions.json` tests both.

export interface Fence {
  marks: string;
  indent: number;
  language: string;
}

/** From the start of a line, however far it is indented, because indentation alone makes no code. */
const FENCE = /^([ \t]*)(?:(`{3,})([^`]*)|(~{3,})(.*))$/s;
const END = /^[ \t]*(`{3,}|~{3,})[ \t]*$/;
const LANGUAGE = /^[ \t]*([\w+#.-]{1,20})/;

/** The fence with which a line opens a code block. */
export function fenceOf(line: string): Fence | null {
  const match = FENCE.exec(line);
  if (!match) return null;
  const [, indent, ticks, behindTicks, waves, behindWaves] = match;
  const language = LANGUAGE.exec(behindTicks ?? behindWaves ?? "")?.[1] ?? "";
  return { marks: ticks ?? waves!, indent: indent!.length, language };
}

/** Whether a line closes the block that the fence opened: at least as many of the same marks, and nothing else. */
export const isClosing = (fence: Fence, line: string): boolean =>
  END.exec(line)?.[1]!.startsWith(fence.marks) ?? false;

export interface CodeSpan {
  from: number;
  to: number;
  text: string;
}

const TOKEN = /\\[!-/:-@[-`{-~]|`+/g;
const BLANK_LINES = /(\n[ \t]*(?=\n))/;

/** The code spans in prose, and where in the rest a backslash escapes a character. In order. */
export function codeIn(source: string): { spans: CodeSpan[]; escapes: number[] } {
  const found = { spans: [] as CodeSpan[], escapes: [] as number[] };
  let offset = 0;
  for (const paragraph of source.split(BLANK_LINES)) {
    if (/[\\`]/.test(paragraph)) readParagraph(paragraph, offset, found);
    offset += paragraph.length;
  }
  return found;
}

function readParagraph(text: string, offset: number, found: ReturnType<typeof codeIn>): void {
  const runs = runsOf(text);
  const tokens = new RegExp(TOKEN);
  for (let match = tokens.exec(text); match; match = tokens.exec(text)) {
    const { 0: token, index } = match;
    const start = index + token.length;
    if (token[0] === "\\") found.escapes.push(offset + index);
    else {
      const end = nextRun(runs, token.length, start);
      if (end === undefined) continue;
      tokens.lastIndex = end + token.length;
      found.spans.push({ from: offset + index, to: offset + tokens.lastIndex, text: text.slice(start, end) });
    }
  }
}

/** Where runs of each number of backticks begin, in reverse order. */
function runsOf(text: string): Map<number, number[]> {
  const runs = new Map<number, number[]>();
  for (const { 0: run, index } of [...text.matchAll(/`+/g)].reverse()) {
    const starts = runs.get(run.length);
    if (starts) starts.push(index);
    else runs.set(run.length, [index]);
  }
  return runs;
}

/** Earlier runs are dropped, so that each is visited once however many spans stay open. */
function nextRun(runs: Map<number, number[]>, size: number, from: number): number | undefined {
  const starts = runs.get(size) ?? [];
  while (starts.length && starts.at(-1)! < from) starts.pop();
  return starts.at(-1);
}

/** A code span as displayed: in one line, without the spaces that separate its own backticks from its marks. */
export function shownCode(code: string): string {
  const line = code.replaceAll("\n", " ");
  return line.startsWith(" ") && line.endsWith(" ") && /[^ ]/.test(line) ? line.slice(1, -1) : line;
}
