// Where a text may mention someone: at an @ that is not in code, in an address, after a backslash, or in the middle of
// a word. The server decides by the same rules (`src/coterie/messages/mentions.py`) whom to notify; the client
// highlights the users that it found.
import type { CodeSpan } from "./code";

const ADDRESS =
  /(?<![A-Za-z0-9+.-])[0-9+.-]*[A-Za-z][A-Za-z0-9+.-]*:\/\/\S+|(?<![\p{L}\p{N}_])[Ww]{3}\.\S+/gu;
const MENTION = /(?<![\p{L}\p{N}_@])@(?=\S)([^@\n]{1,100})/gu;
const ELSEWHERE = /[\p{L}\p{N}_.-]+@[\p{L}\p{N}_]/uy;

/** For the position of each @, the text after it in lower case, which may begin with the name of a user or a role. */
export function mentionsIn(source: string, spans: CodeSpan[], escapes: number[]): Map<number, string> {
  const found = new Map<number, string>();
  if (!source.includes("@")) return found;
  const words = masked(source, spans, escapes).replaceAll(ADDRESS, (address) => " ".repeat(address.length));
  for (const match of words.matchAll(MENTION)) {
    ELSEWHERE.lastIndex = match.index + 1;
    if (!ELSEWHERE.test(words)) found.set(match.index, match[1]!.toLowerCase());
  }
  return found;
}

/** With backslashes in place of code and escaped characters. */
function masked(source: string, spans: CodeSpan[], escapes: number[]): string {
  const hidden = [...spans, ...escapes.map((from) => ({ from, to: from + 2 }))].sort(
    (a, b) => a.from - b.from,
  );
  return replaced(source, hidden, "\\");
}

/** Replaces each character of some parts, which are in order, with the same sign; the length stays. */
export function replaced(
  source: string,
  parts: readonly { from: number; to: number }[],
  sign: string,
): string {
  const kept: string[] = [];
  let end = 0;
  for (const { from, to } of parts) {
    kept.push(source.slice(end, from), sign.repeat(to - from));
    end = to;
  }
  return kept.join("") + source.slice(end);
}
