import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Drawing } from "../src/list/drawing.svelte";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("innerHeight", 440);
  vi.stubGlobal("document", { hidden: false });
  vi.stubGlobal("requestAnimationFrame", (draw: () => void) => setTimeout(draw, 16));
  vi.stubGlobal("cancelAnimationFrame", clearTimeout);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const rows = [...Array(100).keys()];

test("a long list is drawn from its end, in steps, until all of it is drawn", async () => {
  const drawing = new Drawing();
  expect(drawing.of(rows)).toEqual(rows.slice(-12));
  drawing.proceed(rows.length);
  await vi.advanceTimersToNextTimerAsync();
  await vi.advanceTimersToNextTimerAsync();
  expect(drawing.of(rows)).toEqual(rows.slice(-24));
  await vi.runAllTimersAsync();
  expect(drawing.of(rows)).toEqual(rows);
});

test("a list that is left is drawn no further", async () => {
  const drawing = new Drawing();
  const stop = drawing.proceed(rows.length);
  stop();
  await vi.runAllTimersAsync();
  expect(drawing.of(rows)).toHaveLength(12);
});
