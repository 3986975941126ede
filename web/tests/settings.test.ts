import { expect, test } from "vitest";
import type { Channel } from "../src/api/types";
import { CENTRE, pulled, squareOf } from "../src/files/crop";
import { deviceOf } from "../src/account/device";
import { endOf, initialChoice } from "../src/account/expiry";
import { groupsOf, movedChannel, shiftsFor } from "../src/community/grouping";
import { ascending, descending, stepped } from "../src/community/ordering";

const placed = (text: string) =>
  text.split(" ").map((word) => ({ id: word[0]!, position: Number(word.slice(1)) }));

test("only what stands wrong gets another position", () => {
  expect([...ascending(placed("a0 b1 c2"))]).toEqual([]);
  expect([...ascending(placed("b1 a0 c2"))]).toEqual([
    ["b", 0],
    ["a", 1],
  ]);
  expect([...ascending(placed("c20 a0 b10 d30"))]).toEqual([
    ["c", 0],
    ["a", 10],
    ["b", 20],
  ]);
});

test("what shares a position is told apart", () => {
  expect([...ascending(placed("b0 a0 c0"))]).toEqual([
    ["a", 1],
    ["c", 2],
  ]);
});

test("the highest comes first, and stays below the limit", () => {
  expect(descending(placed("a3 b2 c1"), 9)).toEqual(new Map());
  expect(descending(placed("b2 a3 c1"), 9)).toEqual(
    new Map([
      ["b", 3],
      ["a", 2],
    ]),
  );
  expect(descending(placed("a2 b2 c1"), 3)).toEqual(
    new Map([
      ["b", 1],
      ["c", 0],
    ]),
  );
  expect(descending(placed("a1 b1 c1"), 2)).toBeNull();
});

test("a step moves one and keeps the rest", () => {
  expect(stepped(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
  expect(stepped(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
});

const channel = (id: string, position: number, category: string | null) =>
  ({ id, position, category, name: id }) as Channel;
const four = [
  channel("a", 0, null),
  channel("b", 1, "Talk"),
  channel("c", 2, "Talk"),
  channel("d", 3, "Play"),
];
const shape = (groups: ReturnType<typeof groupsOf>) =>
  groups.map(({ category, channels }) => `${category ?? "-"}: ${channels.map(({ id }) => id).join("")}`);

test("a channel goes past its neighbour, then into the next category", () => {
  const groups = groupsOf(four, ["New"]);
  expect(shape(groups)).toEqual(["-: a", "Talk: bc", "Play: d", "New: "]);
  expect(shape(movedChannel(groups, "b", 1))).toEqual(["-: a", "Talk: cb", "Play: d", "New: "]);
  expect(shape(movedChannel(groups, "c", 1))).toEqual(["-: a", "Talk: b", "Play: cd", "New: "]);
  expect(shape(movedChannel(groups, "d", 1))).toEqual(["-: a", "Talk: bc", "Play: ", "New: d"]);
  expect(movedChannel(groups, "a", -1)).toBe(groups);
});

test("moving changes position and category of few", () => {
  const moved = movedChannel(groupsOf(four, []), "c", 1);
  expect(shiftsFor(moved)).toEqual([{ channel: four[2], change: { category: "Play" } }]);
  const swapped = movedChannel(groupsOf(four, []), "c", -1);
  expect(shiftsFor(swapped)).toEqual([
    { channel: four[2], change: { position: 1 } },
    { channel: four[1], change: { position: 2 } },
  ]);
});

test("a picture is cut in its middle, and pulled no further than its edge", () => {
  expect(squareOf(400, 200, CENTRE)).toEqual({ left: 100, top: 0, size: 200 });
  expect(squareOf(400, 200, { zoom: 2, across: 1, down: 0 })).toEqual({ left: 300, top: 0, size: 100 });
  expect(pulled(400, 200, CENTRE, [0.5, 0.5])).toEqual({ zoom: 1, across: 0, down: 0.5 });
  expect(pulled(400, 200, CENTRE, [-9, 0]).across).toBe(1);
});

test("a device is named as far as it tells", () => {
  const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
  expect(deviceOf(firefox)).toEqual({ program: "Firefox", system: "Linux", isHandheld: false });
  const phone = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36";
  expect(deviceOf(phone)).toEqual({ program: "Chrome", system: "Android", isHandheld: true });
  const safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1";
  expect(deviceOf(safari)).toEqual({ program: "Safari", system: "iPhone", isHandheld: true });
  expect(deviceOf("curl/8.5.0")).toEqual({ program: "curl", system: null, isHandheld: false });
  expect(deviceOf("")).toEqual({ program: null, system: null, isHandheld: false });
});

test("a status line ends after minutes, at the end of the day, or never", () => {
  const now = new Date(2026, 10, 21, 20, 0);
  expect(endOf("", null, now)).toBeNull();
  expect(endOf("30", null, now)).toBe(new Date(2026, 10, 21, 20, 30).toISOString());
  expect(endOf("today", null, now)).toBe(new Date(2026, 10, 22).toISOString());
  const end = new Date(2026, 11, 1).toISOString();
  expect(endOf(initialChoice(end), end, now)).toBe(end);
  expect(endOf(initialChoice(null), null, now)).toBeNull();
});
