import { expect, test } from "vitest";
import type { VoiceState } from "../src/api/types";
import type { Call } from "../src/voice/call.svelte";
import { gridFor, foremost, tilesOf } from "../src/voice/tiles";

const picture = {} as MediaStream;

const state = (user_id: string, given: Partial<VoiceState> = {}): VoiceState =>
  ({ user_id, username: user_id, can_speak: true, self_mute: false, ...given }) as VoiceState;

const call = (given: { cameras?: string[]; screens?: string[] }): Call =>
  ({
    camera: null,
    screen: null,
    cameras: new Map(given.cameras?.map((user) => [user, picture])),
    screens: new Map(given.screens?.map((user) => [user, picture])),
  }) as unknown as Call;

const tiles = (people: VoiceState[], given: Parameters<typeof call>[0] = {}) =>
  tilesOf(call(given), people, "me", ({ username }) => username);

test("everybody has a tile, with or without a camera, and each shared screen another", () => {
  const shown = tiles([state("me"), state("ann"), state("ben")], { cameras: ["ann"], screens: ["ben"] });
  expect(shown.map(({ key, stream }) => [key, stream !== null])).toEqual([
    ["me", false],
    ["ann", true],
    ["screen ben", true],
    ["ben", false],
  ]);
});

test("people who may not speak show nothing", () => {
  const shown = tiles([state("ann", { can_speak: false })], { cameras: ["ann"], screens: ["ann"] });
  expect(shown.map(({ key, stream }) => [key, stream])).toEqual([["ann", null]]);
});

test.each([
  ["pinned", ["me", "ann", "ben"], { screens: ["ann"] }, "ben", "ann", "ben"],
  ["a screen", ["me", "ann", "ben"], { screens: ["ann"] }, "", "ben", "screen ann"],
  ["speaking", ["me", "ann", "ben"], { cameras: ["ann"] }, "", "ben", "ben"],
  ["a camera", ["me", "ann", "ben"], { cameras: ["ben"] }, "", null, "ben"],
  ["another person", ["me", "ann"], {}, "", null, "ann"],
  ["the user, alone", ["me"], {}, "", null, "me"],
])("the small picture is what is worth most: %s", (_, users, given, pinned, speaker, key) => {
  const shown = tiles(
    users.map((user) => state(user)),
    given,
  );
  expect(foremost(shown, pinned, speaker, "me")?.key).toBe(key);
});

test.each([
  [1, 1200, 700, 1],
  [2, 1200, 500, 2], // beside each other
  [2, 360, 500, 1], // on a phone, one below the other
  [4, 1200, 700, 2],
  [5, 1200, 500, 3],
  [9, 1200, 700, 3],
  [3, 0, 0, 1],
])("%i tiles in %i by %i pixels are in %i columns", (count, width, height, columns) =>
  expect(gridFor(count, width, height, 8).columns).toBe(columns),
);

test("a tile keeps its shape in a space of any shape", () => {
  expect(gridFor(1, 600, 900, 8)).toEqual({ columns: 1, width: 600 });
  expect(gridFor(2, 1208, 500, 8)).toEqual({ columns: 2, width: 600 });
});
