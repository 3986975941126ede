import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ReadingPlaces } from "../src/messages/places";

const kept = new Map<string, string>();
const row = (message: string) => [{ key: `m-${message}`, message, bottom: 12 }];

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
});

afterEach(() => vi.unstubAllGlobals());

test("places outlast the page, but not the login", () => {
  const places = new ReadingPlaces();
  places.set("attic", row("one"));
  places.set("cellar", row("two"));
  places.delete("cellar");
  const reloaded = new ReadingPlaces();
  expect(reloaded.get("attic")).toEqual(row("one"));
  expect(reloaded.get("cellar")).toBeUndefined();
  reloaded.clear();
  expect(kept.size).toBe(0);
});

test("only the places that were left last are kept", () => {
  const places = new ReadingPlaces();
  for (let channel = 0; channel < 60; channel++) places.set(`${channel}`, row("one"));
  expect(places.get("9")).toBeUndefined();
  expect(places.get("10")).toBeDefined();
});

test("without storage, or with something else in it, places last as long as the page", () => {
  for (const value of ["{", "7"]) {
    kept.set("coterie-reading-places", value);
    expect(new ReadingPlaces().get("attic")).toBeUndefined();
  }
  vi.stubGlobal("sessionStorage", undefined);
  const places = new ReadingPlaces();
  places.set("attic", row("one"));
  expect(places.get("attic")).toEqual(row("one"));
});
