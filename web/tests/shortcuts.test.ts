import { expect, test } from "vitest";
import { neighbour, nextUnread, type Place } from "../src/shortcuts/places";
import { ariaKeys, keysFor, keysOf, shortcutOf, TABLE, type Pressed } from "../src/ui/shortcuts";
import english from "../src/text/languages/en.json";

const press = (key: string, ...held: ("ctrl" | "meta" | "alt" | "shift")[]): Pressed => ({
  key,
  ctrlKey: held.includes("ctrl"),
  metaKey: held.includes("meta"),
  altKey: held.includes("alt"),
  shiftKey: held.includes("shift"),
});

test.each([
  [press("k", "ctrl"), "switch"],
  [press("K", "ctrl"), "switch"],
  [press("ArrowUp", "alt"), "previousChannel"],
  [press("ArrowUp", "alt", "shift"), "previousUnread"],
  [press("?", "shift"), "sheet"],
  [press("/", "ctrl"), "sheet"],
  [press("/", "ctrl", "shift"), "sheet"],
  [press("m", "ctrl"), undefined],
  [press("k"), undefined],
  [press("k", "meta"), undefined],
  [press("k", "ctrl", "alt"), undefined],
])("%j means %s", (pressed, id) => {
  expect(shortcutOf("anywhere", pressed, false)).toBe(id);
});

test("the keys of calls are their own, and have a name for tooltips and for screen readers", () => {
  expect(shortcutOf("call", press("M", "ctrl", "shift"), false)).toBe("mute");
  expect(shortcutOf("anywhere", press("M", "ctrl", "shift"), false)).toBeUndefined();
  expect(keysOf(keysFor("call", "hangUp"), false)).toEqual(["Ctrl", "Shift", "H"]);
  expect(ariaKeys(keysFor("call", "hangUp"), false)).toBe("Control+Shift+h");
});

test("on a Mac the command key takes the place of Ctrl", () => {
  expect(shortcutOf("anywhere", press("k", "meta"), true)).toBe("switch");
  expect(shortcutOf("anywhere", press("k", "ctrl"), true)).toBeUndefined();
  expect(keysOf("Mod Shift m", true)).toEqual(["⌘", "⇧", "M"]);
  expect(keysOf("Mod Shift m", false)).toEqual(["Ctrl", "Shift", "M"]);
});

test("no keys mean two things in one place, and every line has a name", () => {
  const bound = TABLE.flatMap(({ scope, keys }) => keys.map((each) => `${scope} ${each}`));
  expect(new Set(bound).size).toBe(bound.length);
  expect(Object.keys(english.later.shortcuts.names).sort()).toEqual(
    TABLE.map(({ id }) => id as string).sort(),
  );
});

const places = (...marks: boolean[]): Place[] =>
  marks.map((isUnread, index) => ({ id: String(index), isUnread, go: () => undefined }));

test("neighbours go round in a circle", () => {
  const list = places(false, false, false);
  expect(neighbour(list, "2", 1)?.id).toBe("0");
  expect(neighbour(list, "0", -1)?.id).toBe("2");
  expect(neighbour(list, null, 1)?.id).toBe("0");
  expect(neighbour([], null, 1)).toBeUndefined();
});

test("the next with something new passes over what is read", () => {
  const list = places(true, false, false, true);
  expect(nextUnread(list, "1", 1)?.id).toBe("3");
  expect(nextUnread(list, "1", -1)?.id).toBe("0");
  expect(nextUnread(places(false, true), "1", 1)).toBeUndefined();
});
