import { expect, test } from "vitest";
import type { Message } from "../src/api/types";
import { MOST, MOST_WHILE_READING, Timeline } from "../src/messages/timeline.svelte";

function message(seq: number, change: Partial<Message> = {}): Message {
  const base = { id: `m${seq}`, channel_id: "c", author_id: "a", content: `${seq}`, deleted: false };
  return { ...base, seq, version: seq, nonce: null, ...change } as Message;
}

/** A page as in the server's response: newest first. */
const page = (from: number, to: number): Message[] =>
  Array.from({ length: to - from + 1 }, (_, index) => message(to - index));

const seqs = (timeline: Timeline): number[] => timeline.messages.map(({ seq }) => seq);

function opened(from: number, to: number): Timeline {
  const timeline = new Timeline();
  timeline.replace(page(from, to), { reachesStart: from === 1, reachesPresent: true });
  return timeline;
}

test("messages stand in the order of the history, whatever order they arrive in", () => {
  const timeline = opened(1, 3);
  for (const seq of [6, 4, 5]) timeline.apply(message(seq));
  expect(seqs(timeline)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("an older version never replaces a newer one", () => {
  const timeline = opened(1, 3);
  timeline.apply(message(2, { version: 9, content: "newest" }));
  timeline.apply(message(2, { version: 7, content: "older" }));
  expect(timeline.find("m2")?.content).toBe("newest");
});

test("a page that was read before a deletion does not bring the message back", () => {
  const timeline = opened(4, 6);
  timeline.apply(message(5, { version: 7, deleted: true, content: "" }));
  timeline.apply(message(2, { version: 8, deleted: true, content: "" }));
  timeline.prepend(page(1, 3), true);
  timeline.apply(message(5));
  expect(seqs(timeline)).toEqual([1, 3, 4, 6]);
});

test("what came live while a page was on its way is not lost", () => {
  const timeline = new Timeline();
  timeline.apply(message(4));
  timeline.replace(page(1, 3), { reachesStart: true, reachesPresent: true });
  expect(seqs(timeline)).toEqual([1, 2, 3, 4]);
});

test("a page that was read before a change does not hide it", () => {
  const change = (seq: number) => message(seq, { version: 50, content: "changed" });
  const first = new Timeline();
  first.apply(change(1));
  first.replace(page(1, 3), { reachesStart: true, reachesPresent: true });
  const back = opened(4, 6);
  for (const seq of [1, 3, 7]) back.apply(change(seq));
  back.prepend(page(1, 3), true);
  const apart = new Timeline();
  apart.apply(change(2));
  apart.replace(page(1, 3), { reachesStart: true, reachesPresent: false });
  for (const seq of [4, 6]) apart.apply(change(seq));
  apart.extend(page(4, 6), false);
  const changed = (timeline: Timeline) =>
    timeline.messages.filter(({ content }) => content === "changed").map(({ seq }) => seq);
  expect([changed(first), changed(back), changed(apart)]).toEqual([[1], [1, 3, 7], [2, 4, 6]]);
});

test("a window that does not reach the present takes no newer message", () => {
  const timeline = new Timeline();
  timeline.replace(page(1, 3), { reachesStart: true, reachesPresent: false });
  expect(timeline.apply(message(9))).toBe(false);
  timeline.extend(page(4, 8), true);
  expect(seqs(timeline)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("the window is bounded at whichever end is not looked at", () => {
  const timeline = opened(1001, 1050);
  for (let end = 1000; end > 500; end -= 50) timeline.prepend(page(end - 49, end), false);
  expect(timeline.messages).toHaveLength(MOST);
  expect(timeline.oldest?.seq).toBe(501);
  expect(timeline.reachesPresent).toBe(false);

  timeline.extend(page(801, 900), false);
  expect(timeline.messages).toHaveLength(MOST);
  expect(timeline.newest?.seq).toBe(900);
  expect(timeline.reachesStart).toBe(false);
});

test("a reader's window grows a while, then stops following, and never loses what is read", () => {
  const timeline = opened(1, 50);
  timeline.isReading = true;
  for (let seq = 51; seq <= MOST_WHILE_READING + 50; seq++) timeline.apply(message(seq));
  expect(timeline.messages).toHaveLength(MOST_WHILE_READING);
  expect(timeline.oldest?.seq).toBe(1);
  expect(timeline.reachesPresent).toBe(false);
});
