import { expect, test } from "vitest";
import type { Api } from "../src/api/api";
import type { Place } from "../src/api/types";
import { Histories } from "../src/messages/history.svelte";
import { KeptLists } from "../src/talk/keptlists";

const cache = { recall: async () => undefined, resume: () => false, changed: () => undefined };
const place = (id: string) => ({ id, name: id, server_id: "server" }) as unknown as Place;
const ids = (kept: KeptLists) => kept.all.map((each) => each.place.id);

function lists() {
  const histories = new Histories({} as Api, cache);
  const kept = new KeptLists(histories);
  return { histories, kept, open: (id: string) => kept.open(place(id), null) };
}

test("the lists that were open last stay, in the order of the page", () => {
  const { kept, open } = lists();
  for (const id of "abcdefgh") open(id);
  open("a");
  open("i");
  expect(ids(kept)).toEqual([..."acdefghi"]);
});

test("a list stays the same while others are opened", () => {
  const { open } = lists();
  const [first] = open("a");
  expect(open("b").find((each) => each.place.id === "a")).toBe(first);
});

test("the list of a channel that the user can no longer view goes at once, and says so", () => {
  const { histories, kept, open } = lists();
  open("secret");
  open("general");
  const before = histories.forgotten;
  histories.forget("secret");
  expect(histories.forgotten).toBeGreaterThan(before);
  kept.present();
  expect(ids(kept)).toEqual(["general"]);
});

test("of the channels that READY names no more, no list stays", () => {
  const { histories, kept, open } = lists();
  open("gone");
  open("general");
  histories.retain((id) => id === "general");
  kept.present();
  expect(ids(kept)).toEqual(["general"]);
});

test("a list that cannot stay is dropped alone", () => {
  const { histories, kept, open } = lists();
  open("a");
  open("b");
  kept.drop(histories.held("a")!);
  expect(ids(kept)).toEqual(["b"]);
});
