import { expect, test } from "vitest";
import type { Message, ScheduledEvent } from "../../src/api/types";
import { isNewTo } from "../../src/conversations/systemmessages";
import { inField, nextHour, stateOf, untilNextState, whenOf } from "../../src/scheduledevents/eventtimes";

const HOUR = 3_600_000;
const START = Date.parse("2031-05-04T18:30:00Z");
const plan = (more: Partial<ScheduledEvent> = {}) =>
  ({ starts_at: "2031-05-04T18:30:00Z", ends_at: null, ...more }) as ScheduledEvent;
const withEnd = plan({ ends_at: "2031-05-04T20:30:00Z" });

test("an event is coming, going on and over, an hour after its start without an end", () => {
  const at = (event: ScheduledEvent) => [-1, 0, HOUR, 2 * HOUR].map((after) => stateOf(event, START + after));
  expect(at(plan())).toEqual(["coming", "now", "over", "over"]);
  expect(at(withEnd)).toEqual(["coming", "now", "now", "over"]);
  expect(at(plan({ is_cancelled: true }))).toEqual(Array(4).fill("cancelled"));
});

test("it is looked at again when that changes", () => {
  expect(untilNextState(withEnd, START - 1000)).toBe(1050);
  expect(untilNextState(withEnd, START)).toBe(2 * HOUR + 50);
  expect(untilNextState(withEnd, START - 500 * HOUR)).toBe(12 * HOUR);
  expect(untilNextState(withEnd, START + 2 * HOUR)).toBeNull();
  expect(untilNextState(plan({ is_cancelled: true }), START - 1)).toBeNull();
});

test("the day is not repeated for the end", () => {
  const start = new Date(2031, 4, 4, 18, 30).toISOString();
  expect(whenOf(plan({ starts_at: start }))).toMatch(/^Sun, May 4, 2031, 6:30\sPM/);
  const range = whenOf(plan({ starts_at: start, ends_at: new Date(2031, 4, 4, 20).toISOString() }));
  expect(range.match(/2031/g)).toHaveLength(1);
  expect(range).toMatch(/6:30.+8:00\sPM/);
});

test("a field shows the reader's time, and gives it back", () => {
  const at = new Date(2031, 0, 2, 3, 4);
  expect(inField(at)).toBe("2031-01-02T03:04");
  expect(new Date(inField(at))).toEqual(at);
  expect(nextHour(new Date(2031, 0, 2, 3, 0).getTime())).toEqual(new Date(2031, 0, 2, 4, 0));
});

test("a reminder is unread for those it mentions", () => {
  const reminder = {
    type: "system",
    author_id: null,
    type_details: { kind: "event_reminder" },
    mention_user_ids: ["me"],
  } as unknown as Message;
  expect([isNewTo("me", reminder), isNewTo("b", reminder)]).toEqual([true, false]);
});
