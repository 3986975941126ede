// The markup within a paragraph. Code binds closest, then links and emphasis in the order in which they begin.
import { codeIn, type CodeSpan } from "./code";
import { linkAt, type Link } from "./links";
import { mentionsIn, replaced } from "./mentions";

export type Inline =
  | { kind: "text"; text: string }
  /** Starts at an @. `behind` may begin with a name; it is in lower case, with its marks. */
  | { kind: "mention"; text: string; behind: string }
  | { kind: "strong" | "emphasis" | "strike" | "spoiler"; children: Inline[] }
  | { kind: "code"; text: string }
  /** Its children are its text. */
  | (Link & { children: Inline[] });

const DEEPEST = 6;

/** All markup begins with one of these; most texts have none of them. */
const MARKS = /[\\`<[|*_~@]|https?:/i;
const BEGINNINGS = /[\\`<[|*_~]|https?:\/\//gi;
const DEEP_BEGINNINGS = /`/g;
const ESCAPED = /[\\`*_~|#>[\](){}:@.!<-]/;

export function inline(source: string): Inline[] {
  if (!source) return [];
  if (!MARKS.test(source)) return [{ kind: "text", text: source }];
  return new Prose(source).read(0, source.length, 0);
}

interface Emphasis {
  kind: "strong" | "emphasis" | "strike" | "spoiler";
  mark: string;
  /** What ends it. */
  end: RegExp;
}

const EMPHASES: Record<string, Emphasis[]> = {
  "|": [{ kind: "spoiler", mark: "||", end: /(?<=\S)\|\|/g }],
  "~": [{ kind: "strike", mark: "~~", end: /(?<=\S)~~/g }],
  "*": [
    { kind: "strong", mark: "**", end: /(?<=\S)\*\*(?!\*)/g },
    { kind: "emphasis", mark: "*", end: /\*/g },
  ],
  _: [
    { kind: "strong", mark: "__", end: /(?<=\S)__(?!\w)/g },
    { kind: "emphasis", mark: "_", end: /_/g },
  ],
};

interface Found {
  part: Inline[];
  end: number;
}

class Prose {
  private readonly code: ReadonlyMap<number, CodeSpan>;
  private readonly mentions: ReadonlyMap<number, string>;

  /** The text with code replaced by backticks, so that nothing inside it is taken for markup. */
  private readonly marks: string;

  constructor(private readonly source: string) {
    const { spans, escapes } = codeIn(source);
    this.code = new Map(spans.map((span) => [span.from, span]));
    this.marks = replaced(source, spans, "`");
    this.mentions = mentionsIn(source, spans, escapes);
  }

  read(from: number, to: number, depth: number): Inline[] {
    const range = new Range(this.marks.slice(from, to));
    const beginnings = new RegExp(depth < DEEPEST ? BEGINNINGS : DEEP_BEGINNINGS);
    const parts: Inline[] = [];
    let end = 0;
    for (let match = beginnings.exec(range.text); match; match = beginnings.exec(range.text)) {
      const found = this.partAt(range, from, match.index, depth);
      if (!found) continue;
      add(parts, this.words(from + end, from + match.index));
      add(parts, found.part);
      end = beginnings.lastIndex = found.end;
    }
    add(parts, this.words(from + end, to));
    return parts;
  }

  /** Positions are relative to the range, which begins at `from`. */
  private partAt(range: Range, from: number, at: number, depth: number): Found | null {
    const sign = range.text[at]!;
    if (sign === "`") return this.codeAt(from, at);
    if (sign === "\\") return this.escapeAt(range, from, at);
    for (const emphasis of EMPHASES[sign] ?? []) {
      const { kind, mark } = emphasis;
      const end = range.endOf(emphasis, at);
      if (end === null) continue;
      const children = this.read(from + at + mark.length, from + end, depth + 1);
      return { part: [{ kind, children }], end: end + mark.length };
    }
    return EMPHASES[sign] ? null : this.linkAt(range, from, at);
  }

  private codeAt(from: number, at: number): Found | null {
    const span = this.code.get(from + at);
    return span ? { part: [{ kind: "code", text: span.text }], end: span.to - from } : null;
  }

  private escapeAt(range: Range, from: number, at: number): Found | null {
    if (!ESCAPED.test(range.text[at + 1] ?? "") || this.code.has(from + at + 1)) return null;
    return { part: this.words(from + at + 1, from + at + 2), end: at + 2 };
  }

  private linkAt(range: Range, from: number, at: number): Found | null {
    const found = linkAt(range.text, at);
    if (!found) return null;
    const end = at + found.length;
    if (!found.link) return { part: this.read(from + at, from + end, DEEPEST), end };
    const { link } = found;
    const start = from + at + (link.text === link.url ? range.text.slice(at).search(/h/i) : 1);
    const children = this.read(start, start + link.text.length, DEEPEST);
    return { part: [{ ...link, text: this.source.slice(start, start + link.text.length), children }], end };
  }

  /** A piece of text without markup, split at its mentions. */
  private words(from: number, to: number): Inline[] {
    const text = this.source.slice(from, to);
    const parts: Inline[] = [];
    let start = 0;
    for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
      if (!this.mentions.has(from + at)) continue;
      if (at > start) parts.push(this.piece(from + start, text.slice(start, at)));
      start = at;
    }
    if (start < text.length) parts.push(this.piece(from + start, text.slice(start)));
    return parts;
  }

  private piece(from: number, text: string): Inline {
    const behind = this.mentions.get(from);
    return behind === undefined ? textOf(text) : { kind: "mention", text, behind };
  }
}

const textOf = (text: string): Inline => ({ kind: "text", text });

/** Adjacent texts are joined. */
function add(parts: Inline[], more: Inline[]): void {
  for (const part of more) {
    const last = parts.at(-1);
    if (part.kind === "text" && last?.kind === "text") last.text += part.text;
    else parts.push(part);
  }
}

/** A part of a text in which emphasis is matched. It is searched once for each kind, however often that kind begins. */
class Range {
  private readonly ends = new Map<string, number>();
  private lineEnd = -1;

  constructor(readonly text: string) {}

  /** Where an emphasis that begins here ends: in the same line, with no space inside the marks. */
  endOf({ mark, end }: Emphasis, at: number): number | null {
    const { text } = this;
    if (!text.startsWith(mark, at) || !/\S/.test(text[at + mark.length] ?? " ")) return null;
    if (mark[0] === "_" && /\w/.test(text[at - 1] ?? "")) return null;
    const close = this.next(mark, end, at + mark.length + (mark.length > 1 ? 1 : 0));
    if (close >= this.endOfLine(at) || (mark.length === 1 && !this.isSingle(mark, at, close))) return null;
    return close;
  }

  /** Whether single marks enclose text, with no space inside, and do not end within a word. */
  private isSingle(mark: string, at: number, close: number): boolean {
    const { text } = this;
    if (close < at + 2 || /\s/.test(text[close - 1]!)) return false;
    return mark === "*" || !/\w/.test(text[close + 1] ?? "");
  }

  private next(mark: string, end: RegExp, from: number): number {
    const known = this.ends.get(mark) ?? -1;
    return known >= from ? known : this.search(mark, end, from);
  }

  private search(mark: string, end: RegExp, from: number): number {
    end.lastIndex = from;
    const found = end.exec(this.text)?.index ?? Infinity;
    this.ends.set(mark, found);
    return found;
  }

  private endOfLine(at: number): number {
    if (this.lineEnd < at) this.lineEnd = this.text.indexOf("\n", at);
    if (this.lineEnd < 0) this.lineEnd = Infinity;
    return this.lineEnd;
  }
}
