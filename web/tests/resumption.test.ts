import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Resumption } from "../src/sync/resumption";

const asked: Record<string, number>[] = [];
const held = new Map<string, number>();
const givenUp: [string, number][] = [];
let isConnected = true;

function make(): Resumption {
  return new Resumption({
    send: (positions) => isConnected && asked.push(positions) > 0,
    held: (topic) => held.get(topic),
    givenUp: (topic, until) => givenUp.push([topic, until]),
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  for (const list of [asked, givenUp]) list.length = 0;
  held.clear();
  isConnected = true;
});
afterEach(() => vi.useRealTimers());

test("questions of one moment are one frame, and each topic is asked for once", async () => {
  const resumption = make();
  held.set("a", 1).set("b", 2);
  resumption.ask("a", 5);
  resumption.ask("b", 3);
  resumption.ask("a", 6);
  await vi.advanceTimersByTimeAsync(1);
  resumption.ask("a", 7);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual([{ a: 1, b: 2 }]);
});

test("a frame has at most 1,000 topics", async () => {
  const resumption = make();
  for (let number = 0; number < 1_001; number++) {
    held.set(`${number}`, 1);
    resumption.ask(`${number}`, 2);
  }
  await vi.advanceTimersByTimeAsync(1);
  expect(asked.map((positions) => Object.keys(positions).length)).toEqual([1_000, 1]);
});

test("what came is asked for anew when it is missing again", async () => {
  const resumption = make();
  held.set("a", 1);
  resumption.ask("a", 5);
  await vi.advanceTimersByTimeAsync(1);
  held.set("a", 5);
  expect(resumption.arrived({ topic: "a", position: 4 })).toBe(false);
  expect(resumption.arrived({ topic: "a", position: 5 })).toBe(true);
  resumption.ask("a", 9);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual([{ a: 1 }, { a: 5 }]);
});

test("an answer that is on its way is waited for, one that never comes is asked for again and given up", async () => {
  const resumption = make();
  held.set("a", 1);
  resumption.ask("a", 5);
  await vi.advanceTimersByTimeAsync(5_001);
  held.set("a", 3);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked.at(-1)).toEqual({ a: 3 });
  expect(asked).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(givenUp).toEqual([["a", 5]]);
});

test("without a connection nothing is waited for: the next one compares all positions", async () => {
  const resumption = make();
  isConnected = false;
  resumption.ask("a", 5);
  await vi.advanceTimersByTimeAsync(60_000);
  isConnected = true;
  resumption.ask("a", 5);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toHaveLength(1);
  expect(givenUp).toEqual([]);
});
