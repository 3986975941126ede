// Parsing any text takes time proportional to its length: executed code is counted, not timed.
import { Session } from "node:inspector/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "../src/text/markup";

const session = new Session();

beforeAll(async () => {
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
});

afterAll(() => session.disconnect());

/** How often the parser's code blocks run. */
async function stepsOf(source: string): Promise<number> {
  await session.post("Profiler.takePreciseCoverage");
  parse(source);
  const { result } = await session.post("Profiler.takePreciseCoverage");
  return result
    .filter(({ url }) => url.includes("/src/text/"))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
    .reduce((sum, { count }) => sum + count, 0);
}

const runs = (from: number, size: number, between: string) =>
  Array.from({ length: Math.floor(Math.sqrt(2 * size)) - from }, (_, index) => "`".repeat(from + index)).join(
    between,
  );

const HOSTILE: Record<string, (size: number) => string> = {
  "emphasis that stays open": (size) => "*a _b ~~c ||d **e __f ".repeat(size / 22),
  "emphasis that is closed": (size) => "*a _b_ ~~c~~* ".repeat(size / 14),
  "nested emphasis": (size) => "**_~~||".repeat(size / 14) + "x" + "||~~_**".repeat(size / 14),
  stars: (size) => "*".repeat(size),
  bars: (size) => "||a ".repeat(size / 4),
  waves: (size) => "~~a *".repeat(size / 5),
  "open brackets": (size) => "[".repeat(size),
  "open links": (size) => "[a](https://x".repeat(size / 13),
  "brackets behind a link": (size) => "https://x" + ")".repeat(size),
  "links that are none": (size) => "https://. ".repeat(size / 10),
  "spans of code": (size) => "`a` ".repeat(size / 4),
  "open spans of every size": (size) => runs(1, size, " "),
  "fences of every size": (size) => runs(3, size, "\n"),
  fences: (size) => "```\n".repeat(size / 4),
  escapes: (size) => "\\*".repeat(size / 2),
  quotes: (size) => ">".repeat(size),
  "empty quotes": (size) => ">\n".repeat(size / 2),
  "the rest of the message": (size) => ">>> \n".repeat(size / 5),
  "deep items": (size) => "- ".repeat(size / 2) + "x",
  "items of two kinds": (size) => "- a\n1. b\n".repeat(size / 9),
  "empty lines": (size) => "a" + "\n \n".repeat(size / 3) + "b",
  mentions: (size) => "@bob ".repeat(size / 5),
  "e-mail": (size) => "a@".repeat(size / 2),
  schemes: (size) => "@a a.".repeat(size / 5),
};

test.each(Object.keys(HOSTILE))("%s: a text four times as long takes four times the steps", async (kind) => {
  await stepsOf(HOSTILE[kind]!(400));
  const small = await stepsOf(HOSTILE[kind]!(4_000));
  const large = await stepsOf(HOSTILE[kind]!(16_000));
  expect(small).toBeGreaterThan(0);
  expect(large).toBeLessThan(4.4 * small + 200);
});
