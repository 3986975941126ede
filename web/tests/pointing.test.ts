import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Pointing } from "../src/list/pointing";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function pointing() {
  const taken: string[] = [];
  return { taken, pointing: new Pointing((key) => taken.push(key)) };
}

test("a row is taken at once while the list stands still", () => {
  const { taken, pointing: pointer } = pointing();
  pointer.over("a");
  pointer.over("b");
  expect(taken).toEqual(["a", "b"]);
});

test("of rows that pass below a resting pointer only the last is taken, when the list stands still", () => {
  const { taken, pointing: pointer } = pointing();
  for (const key of ["a", "b", "c"]) {
    pointer.moved();
    pointer.over(key);
    vi.advanceTimersByTime(60);
  }
  expect(taken).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(taken).toEqual(["c"]);
});

test("who left before the list stood still pointed at nothing", () => {
  const { taken, pointing: pointer } = pointing();
  pointer.moved();
  pointer.over("a");
  pointer.leave();
  vi.advanceTimersByTime(200);
  expect(taken).toEqual([]);
});
