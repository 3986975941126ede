import { expect, test } from "vitest";
import { Features, type Feature } from "../src/feature";
import type { Frame } from "../src/sync/frames";

const noPages = () => Promise.resolve({ server: {}, account: {} });

function opened(...rooms: Feature[]): Features {
  const features = new Features();
  features.open(rooms, noPages);
  return features;
}

const joined = { name: "DM_CHANNEL_CREATE", data: { id: "c" }, place: { topic: "me" } } as Frame;

test("an event reaches all rooms that apply it, in the order of the list", () => {
  const seen: string[] = [];
  const room = (name: string): Feature => ({
    events: { DM_CHANNEL_CREATE: ({ id }, topic) => seen.push(`${name} ${id} ${topic}`) },
  });
  opened(room("first"), {}, { events: {} }, room("second")).apply(joined);
  expect(seen).toEqual(["first c me", "second c me"]);
});

test("the screen is fetched again after every room has noted what is out of date", () => {
  const seen: string[] = [];
  const room = (name: string): Feature => ({
    refetch: (topic) => seen.push(`${name} notes ${topic}`),
    refresh: () => seen.push(`${name} shows`),
  });
  opened(room("first"), room("second")).refetch("c");
  expect(seen).toEqual(["first notes c", "second notes c", "first shows", "second shows"]);
});

test("before the rooms are loaded, nothing happens", () => {
  const features = new Features();
  features.apply(joined);
  features.refetch("c");
  expect(features.stores).toEqual([]);
});
