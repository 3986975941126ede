// What the formatting shortcuts do to a text. Each function returns the one replacement to make, so that one undo
// reverts it.

export interface Edit {
  from: number;
  to: number;
  insert: string;
  /** The selection afterwards. */
  selection: [from: number, to: number];
}

/** Puts a mark around the selection, or removes it. */
export function toggled(text: string, from: number, to: number, mark: string): Edit {
  const [start, end] = trimmed(text, from, to);
  const inner = text.slice(start, end);
  const size = mark.length;
  if (isMarked(inner, mark)) {
    const bare = inner.slice(size, -size);
    return { from: start, to: end, insert: bare, selection: [start, start + bare.length] };
  }
  const around = text.slice(start - size, end + size);
  if (start >= size && isMarked(around, mark) && !isLonger(text, start, end, mark))
    return { from: start - size, to: end + size, insert: inner, selection: [start - size, end - size] };
  return { from: start, to: end, insert: mark + inner + mark, selection: [start + size, end + size] };
}

function isMarked(text: string, mark: string): boolean {
  const isDouble = mark.length === 1 && text.startsWith(mark + mark) && !text.startsWith(mark.repeat(3));
  return text.length >= 2 * mark.length && text.startsWith(mark) && text.endsWith(mark) && !isDouble;
}

/** Whether the surrounding mark is part of a longer one, as * is of **. */
function isLonger(text: string, from: number, to: number, mark: string): boolean {
  return mark.length === 1 && text[from - 2] === mark && text[to + 1] === mark && text[from - 3] !== mark;
}

/** Marks do not work with a space on their inner side. */
function trimmed(text: string, from: number, to: number): [number, number] {
  const inner = text.slice(from, to);
  if (!inner.trim()) return [from, to];
  return [from + inner.length - inner.trimStart().length, to - (inner.length - inner.trimEnd().length)];
}

const ITEM = /^(\s*)(?:([-*+]|>)|(\d{1,4})([.)])) (.*)$/;

/** The next item of a list or a quote; an empty item ends it. Null outside of lists and quotes. */
export function nextItem(text: string, caret: number): Edit | null {
  const start = text.lastIndexOf("\n", caret - 1) + 1;
  const match = ITEM.exec(text.slice(start, caret));
  if (!match) return null;
  const [, indent, sign, number, stop, content] = match;
  if (!content) return { from: start, to: caret, insert: "", selection: [start, start] };
  const insert = `\n${indent}${sign ?? `${Number(number) + 1}${stop}`} `;
  return { from: caret, to: caret, insert, selection: [caret + insert.length, caret + insert.length] };
}

/** A link pasted over selected words turns them into a link. */
export function linked(text: string, from: number, to: number, pasted: string): Edit | null {
  const inner = text.slice(from, to);
  const address = pasted.trim();
  if (!/^https?:\/\/[^\s<>()]+$/i.test(address) || !inner.trim() || /[[\]\n]|^https?:/i.test(inner))
    return null;
  const insert = `[${inner}](${address})`;
  return { from, to, insert, selection: [from + insert.length, from + insert.length] };
}
