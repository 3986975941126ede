import { expect, test } from "vitest";
import { Positions } from "../src/store/positions";

const place = (position: number, previous: number) => ({ topic: "t", position, previous });

function standingAt(position: number): Positions {
  const positions = new Positions();
  positions.adopt({ t: position });
  return positions;
}

test("each position is taken once", () => {
  const positions = standingAt(4);
  expect(positions.classify(place(5, 4))).toBe("new");
  expect(positions.classify(place(5, 4))).toBe("known");
  expect(positions.classify(place(3, 2))).toBe("known");
});

test("a frame that covers hidden positions joins, one that does not follow is left out until what is missing came", () => {
  const positions = standingAt(4);
  expect(positions.classify(place(9, 4))).toBe("new");
  expect(positions.classify(place(12, 11))).toBe("gap");
  expect(positions.classify(place(13, 12))).toBe("gap");
  expect(positions.of("t")).toBe(9);
  expect(positions.classify(place(11, 9))).toBe("new");
  expect(positions.classify(place(13, 11))).toBe("new");
});

test("a fresh READY tells which topics moved meanwhile, and leaves the state held of them where it stands", () => {
  const positions = new Positions();
  positions.adopt({ still: 2, moved: 5, left: 1 });
  expect([...positions.adopt({ still: 2, moved: 6, joined: 9 })]).toEqual(["moved"]);
  expect(positions.of("moved")).toBe(5);
  expect(positions.receivedTo("moved")).toBe(6);
  expect(positions.of("joined")).toBe(9);
  expect(positions.classify({ topic: "left", position: 1, previous: 0 })).toBe("new");
});

test("older state is resumed from where it stands, and what was told before is known as such", () => {
  const positions = standingAt(20);
  positions.begin("t", 12);
  expect(positions.classify(place(21, 20))).toBe("gap");
  expect(positions.classify(place(15, 12))).toBe("new");
  expect(positions.receivedTo("t")).toBe(20);
  expect(positions.classify(place(21, 15))).toBe("new");
  expect(positions.receivedTo("t")).toBe(21);
});
