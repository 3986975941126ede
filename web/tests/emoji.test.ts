// Emoji are found by their names in the language of the interface and in English.
import de from "emoji-picker-element-data/de/cldr/data.json";
import en from "emoji-picker-element-data/en/emojibase/data.json";
import { expect, test } from "vitest";
import { namesIn } from "../emoji-names";
import { findEmoji, merged } from "../src/emoji/data";

const arabic = merged(en, namesIn("ar"));
const found = (query: string) => findEmoji(arabic, query, 3).map(({ emoji }) => emoji);

test("every emoji that is shown has an Arabic name", () => {
  expect(arabic.length).toBeGreaterThan(1800);
  expect(arabic.filter(({ name }) => !/\p{Script=Arabic}/u.test(name))).toEqual([]);
});

test("in Arabic they are found by Arabic and by English words", () => {
  for (const query of ["علم قراصنة", "قراصنة", "pirate flag", "pirate_flag"])
    expect(found(query)).toContain("🏴‍☠️");
  for (const query of ["ألمانيا", "المانيا", "germany"]) expect(found(query)).toContain("🇩🇪");
  expect(found("ضحك")).not.toEqual([]);
});

test("of emoji that match alike, the favourites come first", () => {
  const first = (favourites: string[]) => findEmoji(merged(en, []), "ta", 1, favourites)[0]?.emoji;
  expect(first([])).toBe("🌮");
  expect(first(["🎉"])).toBe("🎉");
});

test("the other languages have the names of the picker's own data", () => {
  const named = (local: Parameters<typeof merged>[1]) =>
    merged(en, local).find(({ emoji }) => emoji === "😀")?.name;
  expect(named([])).toBe("grinning face");
  expect(named(de)).toBe("grinsendes Gesicht");
});
