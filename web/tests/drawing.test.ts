import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Drawing } from "../src/list/drawing.svelte";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("innerHeight", 560);
  vi.stubGlobal("document", { hidden: false });
  vi.stubGlobal("requestAnimationFrame", (draw: () => void) => setTimeout(draw, 16));
  vi.stubGlobal("cancelAnimationFrame", clearTimeout);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const row = (key: string, kind = "message") => ({ key, kind });
const numbered = (from: number, to: number) =>
  [...Array(to - from).keys()].map((number) => row(`${from + number}`));

/** Draws as the list does, until nothing is missing; returns how many rows each step had. */
function steps(drawing: Drawing, rows: ReturnType<typeof row>[], isAtEnd = true): number[] {
  const counts: number[] = [];
  for (;;) {
    const drawn = drawing.of(rows, isAtEnd);
    counts.push(drawn.length);
    drawing.drew(drawn, drawn.length === rows.length);
    if (drawn.length === rows.length) return counts;
    drawing.proceed();
    vi.runAllTimers();
  }
}

function whole(rows: ReturnType<typeof row>[]): Drawing {
  const drawing = new Drawing();
  steps(drawing, rows);
  return drawing;
}

test("a long list is drawn from its end, in steps, until all of it is drawn", () => {
  const drawing = new Drawing();
  const rows = numbered(0, 100);
  expect(drawing.of(rows, true)).toEqual(rows.slice(-12));
  const counts = steps(drawing, rows);
  expect(counts.slice(0, 3)).toEqual([12, 24, 36]);
  expect(counts.at(-1)).toBe(100);
  expect(drawing.of(rows, true)).toBe(rows);
});

test("a list that is left is drawn no further", () => {
  const drawing = new Drawing();
  const rows = numbered(0, 100);
  drawing.drew(drawing.of(rows, true), false);
  const stop = drawing.proceed();
  stop();
  vi.runAllTimers();
  expect(vi.getTimerCount()).toBe(0);
});

test("a page that comes later is drawn in steps from the rows that are there, on both sides", () => {
  const drawing = whole(numbered(50, 150));
  expect(steps(drawing, numbered(0, 150), false)).toEqual([125, 150]);
  expect(drawing.isOpening).toBe(false);
  expect(steps(drawing, numbered(20, 180), false)).toEqual([155, 160]);
});

test("what comes at the end is drawn at once for a reader who is there", () => {
  expect(whole(numbered(0, 100)).of(numbered(0, 150), true)).toHaveLength(150);
});

test("the line of a day is no row to begin from: it moves up to the day's first message", () => {
  const day = row("day Monday", "day");
  const drawing = whole([day, ...numbered(50, 100)]);
  expect(drawing.of([day, ...numbered(0, 100)], false)).toEqual(numbered(25, 100));
});

test("rows that were deleted change nothing for the others", () => {
  const drawing = whole(numbered(50, 150));
  expect(drawing.of([...numbered(0, 50), ...numbered(51, 149)], false)).toEqual([
    ...numbered(25, 50),
    ...numbered(51, 149),
  ]);
});

test("another part of the history is drawn from its end", () => {
  expect(whole(numbered(0, 100)).of(numbered(500, 600), false)).toEqual(numbered(588, 600));
});

test("what is looked for is drawn at once, as is everything in a hidden page, which has no frames", async () => {
  const drawing = new Drawing();
  const rows = numbered(0, 100);
  await drawing.wholly(async () => {
    expect(drawing.of(rows, true)).toBe(rows);
    await Promise.resolve();
  });
  expect(drawing.of(rows, true)).toHaveLength(12);
  vi.stubGlobal("document", { hidden: true });
  expect(drawing.of(rows, true)).toBe(rows);
});
