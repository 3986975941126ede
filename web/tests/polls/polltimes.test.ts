import { expect, test } from "vitest";
import { inPercent, inWords, untilNextChange } from "../../src/polls/polltimes";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test("the time that is left is in the largest unit of which two are left", () => {
  const words = [MINUTE / 2, MINUTE, 59 * MINUTE, 119 * MINUTE, 2 * HOUR, 47 * HOUR, 2 * DAY, 7 * DAY];
  expect(words.map((left) => inWords(left, 0))).toEqual([
    "in 1 minute",
    "in 1 minute",
    "in 59 minutes",
    "in 119 minutes",
    "in 2 hours",
    "in 47 hours",
    "in 2 days",
    "in 7 days",
  ]);
});

test("it is looked at again before the words are wrong, and just after the end", () => {
  expect(untilNextChange(30_000, 0)).toBe(30_050);
  expect(untilNextChange(5 * MINUTE, 0)).toBe(MINUTE);
  expect(untilNextChange(5 * HOUR, 0)).toBe(HOUR / 2);
  expect(untilNextChange(300 * DAY, 0)).toBe(DAY / 2);
});

test("shares are whole percents", () => {
  expect([0, 1 / 3, 1].map(inPercent)).toEqual(["0%", "33%", "100%"]);
});
