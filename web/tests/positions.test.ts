import { expect, test } from "vitest";
import { Positions } from "../src/store/positions";

const place = (position: number, previous: number) => ({ topic: "t", position, previous });

test("each position is taken once", () => {
  const positions = new Positions();
  positions.adopt({ t: 4 });
  expect(positions.judge(place(5, 4))).toBe("new");
  expect(positions.judge(place(5, 4))).toBe("known");
  expect(positions.judge(place(3, 2))).toBe("known");
});

test("a frame that does not follow shows a gap, one that covers hidden positions does not", () => {
  const positions = new Positions();
  positions.adopt({ t: 4 });
  expect(positions.judge(place(9, 4))).toBe("new");
  expect(positions.judge(place(12, 11))).toBe("gap");
  expect(positions.judge(place(13, 12))).toBe("new");
});

test("a fresh READY tells which topics moved meanwhile", () => {
  const positions = new Positions();
  positions.adopt({ still: 2, moved: 5, left: 1 });
  expect([...positions.adopt({ still: 2, moved: 6, joined: 9 })]).toEqual(["moved"]);
  expect(positions.judge({ topic: "left", position: 1, previous: 0 })).toBe("new");
});
