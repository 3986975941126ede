// The name that is being typed just before the caret: a user after @, an emoji after :, a channel after #.

export type Sign = "@" | ":" | "#";

export interface Trigger {
  sign: Sign;
  query: string;
  /** The position of the sign. */
  from: number;
}

const LOOKED_AT = 60;

// Names of roles and channels can contain spaces; they are suggested only once something follows the space.
const PERSON =
  /(?<![\p{L}\p{N}_@/.-])@([\p{L}\p{N}_.-]{0,32}|[\p{L}\p{N}_.-]{2,32}(?: [\p{L}\p{N}_.-]+){1,3})$/u;
const EMOJI = /(?<![\p{L}\p{N}_:/]):([\p{L}\p{N}_+-]{2,32})$/u;
const CHANNEL = /(?<![\p{L}\p{N}_#/&])#([^\s#@]{0,40}|[^\s#@][^\n#@]{0,39}[^\s#@])$/u;
const SIGNS: [Sign, RegExp][] = [
  ["@", PERSON],
  [":", EMOJI],
  ["#", CHANNEL],
];

/** The short names of emoji in a text, each between colons. */
export const NAMED_EMOJI = /(?<![\p{L}\p{N}_:/]):([\p{L}\p{N}_+-]{2,40}):(?![\p{L}\p{N}])/gu;

export function triggerAt(text: string, caret: number): Trigger | null {
  if (isInCode(text.slice(0, caret))) return null;
  const before = text.slice(Math.max(0, caret - LOOKED_AT), caret);
  for (const [sign, pattern] of SIGNS) {
    const match = pattern.exec(before);
    if (match) return { sign, query: match[1]!, from: caret - match[0].length };
  }
  return null;
}

/** The short name of an emoji that was just closed with a colon, and where it begins. */
export function closedEmoji(text: string, caret: number): { name: string; from: number } | null {
  const match = /(?<![\p{L}\p{N}_:/]):([\p{L}\p{N}_+-]{2,40}):$/u.exec(
    text.slice(Math.max(0, caret - LOOKED_AT), caret),
  );
  if (!match || isInCode(text.slice(0, match.index))) return null;
  return { name: match[1]!, from: caret - match[0].length };
}

/** Whether a code block, or code within this line, is open. */
export function isInCode(before: string): boolean {
  const blocks = before.split("```");
  if (blocks.length % 2 === 0) return true;
  const line = blocks.at(-1)!.split("\n").at(-1)!;
  return line.split("`").length % 2 === 0;
}
