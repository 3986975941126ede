import { ChangeSet } from "@codemirror/state";
import { expect, test } from "vitest";
import {
  changesOf,
  contentOf,
  patchesOf,
  pointsAt,
  pointsIn,
  sizeOf,
  textOf,
  unitsAt,
} from "../../src/documents/points";

const TEXTS = [
  "plain",
  "",
  "a😀b😀",
  "é and e\u0301",
  "one\r\ntwo\nthree\rfour\r\n",
  "👩‍👩‍👧 family\n\u200fשלום עולם\nمرحبا",
  "\n\n😀\n",
];

test("texts come back as they were, line ends included", () => {
  for (const content of TEXTS) expect(contentOf(textOf(content))).toBe(content);
});

test("code points are counted, not halves of pairs", () => {
  expect(pointsIn("a😀b")).toBe(3);
  expect(pointsIn("e\u0301")).toBe(2);
  expect(pointsIn("\r\n")).toBe(2);
  expect(pointsIn("\ud83dx")).toBe(2);
});

test("each range of code points is the same range on both sides", () => {
  for (const content of TEXTS) {
    const points = [...content];
    const before = textOf(content);
    for (let from = 0; from <= points.length; from += 1)
      for (let to = from; to <= points.length; to += 1) {
        const patches = [{ from, to, text: "𝄞\r\n" }];
        const changes = changesOf(patches, before);
        const expected = [...points.slice(0, from), "𝄞\r\n", ...points.slice(to)].join("");
        expect(contentOf(changes.apply(before))).toBe(expected);
        expect(patchesOf(changes, before)).toEqual(patches);
      }
  }
});

test("places of a long text are the same on both sides, also after changes", () => {
  const content = "one 😀 line\r\nand é another 👩‍👩‍👧\n".repeat(200);
  let text = textOf(content);
  for (const from of [0, 3_000, text.length - 2])
    text = ChangeSet.of({ from, to: from + 1, insert: "😀\nx" }, text.length).apply(text);
  const all = contentOf(text);
  for (let units = 0; units <= all.length; units += 37) {
    const points = pointsAt(text, units);
    expect(points).toBe(pointsIn(all.slice(0, units)));
    expect(pointsAt(text, unitsAt(text, points))).toBe(points);
  }
  expect(unitsAt(text, pointsIn(all))).toBe(all.length);
  expect(unitsAt(text, pointsIn(all) + 9)).toBe(all.length);
});

test("several patches all count from the text before", () => {
  const before = textOf("😀 one\r\n😀 two");
  const patches = [
    { from: 0, to: 1, text: "" },
    { from: 5, to: 7, text: "\n" },
    { from: 12, to: 12, text: "😀" },
  ];
  expect(contentOf(changesOf(patches, before).apply(before))).toBe(" one\n😀 two😀");
  expect(patchesOf(changesOf(patches, before), before)).toEqual(patches);
  expect(sizeOf(patches)).toBe(5);
});

test("a change within a pair is widened to the whole character", () => {
  const before = textOf("x😀y");
  const change = ChangeSet.of({ from: 2, to: 3, insert: "\ude01" }, before.length);
  expect(patchesOf(change, before)).toEqual([{ from: 1, to: 2, text: "😁" }]);
  expect(contentOf(change.apply(before))).toBe("x😁y");
});
