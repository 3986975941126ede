import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Api } from "../src/api/api";
import { Failure } from "../src/api/failure";
import type { Message, UnreadCount } from "../src/api/types";
import { Unread } from "../src/messages/unread.svelte";

const CHANNEL = "channel";
const sent: string[] = [];
let failure: Failure | null = null;
let counts: UnreadCount[] = [];
let unread: Unread;

const api = {
  ack: (_: string, message: string) => {
    sent.push(message);
    return failure ? Promise.reject(failure) : Promise.resolve();
  },
  unread: () => Promise.resolve(counts),
} as unknown as Api;

function counted(unread_count: number, read_position = 3): UnreadCount {
  const counted_to = read_position + unread_count;
  return { channel_id: CHANNEL, unread_count, mention_count: 0, read_position, counted_to };
}

function message(seq: number): Message {
  return { channel_id: CHANNEL, seq } as Message;
}

const named = (id: string): Pick<Message, "id" | "seq"> => ({ id, seq: 5 });

beforeEach(() => {
  vi.useFakeTimers();
  sent.length = 0;
  failure = null;
  counts = [];
  unread = new Unread(api);
});

afterEach(() => vi.useRealTimers());

test("a mark is told at once, and those that follow soon as one", () => {
  unread.adopt([counted(1)]);
  unread.mark(CHANNEL, named("one"));
  unread.mark(CHANNEL, named("two"));
  unread.mark(CHANNEL, named("three"));
  expect(sent).toEqual(["one"]);
  vi.runAllTimers();
  expect(sent).toEqual(["one", "three"]);
});

test("the first of many unread messages is known, until it is read or deleted", async () => {
  const first = { first_id: "first", first_at: "2026-11-24T08:00:00Z" };
  unread.adopt([{ ...counted(100), ...first }]);
  expect(unread.farFirst(CHANNEL)).toEqual({ id: "first", created_at: first.first_at });
  expect(unread.all()).toEqual([{ ...counted(100), ...first }]);
  unread.mark(CHANNEL, { id: "later", seq: 9 }, false);
  expect(unread.farFirst(CHANNEL)).toBeNull();

  unread.adopt([{ ...counted(100), ...first }]);
  counts = [{ ...counted(100), first_id: "second", first_at: first.first_at }];
  unread.deleted({ ...message(4), id: "first" });
  await vi.runAllTimersAsync();
  expect(unread.farFirst(CHANNEL)?.id).toBe("second");
});

test("the first of few unread messages is found by reading", () => {
  unread.adopt([{ ...counted(99), first_id: "first", first_at: "2026-11-24T08:00:00Z" }]);
  expect(unread.farFirst(CHANNEL)).toBeNull();
  unread.adopt([]);
  for (let seq = 4; seq < 104; seq++) unread.arrived({ ...message(seq), id: `${seq}` }, false);
  expect(unread.farFirst(CHANNEL)?.id).toBe("4");
});

test("few unread messages that become many are counted again", async () => {
  unread.adopt([counted(98)]);
  counts = [{ ...counted(100), first_id: "first", first_at: "2026-11-24T08:00:00Z" }];
  for (const seq of [102, 103]) unread.arrived(message(seq), false);
  await vi.runAllTimersAsync();
  expect(unread.farFirst(CHANNEL)?.id).toBe("first");
});

test("what waits for its turn is told when the page may go away", () => {
  unread.adopt([counted(1)]);
  unread.mark(CHANNEL, named("one"));
  unread.mark(CHANNEL, named("two"));
  unread.flush();
  vi.runAllTimers();
  expect(sent).toEqual(["one", "two"]);
});

test("what did not arrive is told again by the next connection", async () => {
  unread.adopt([counted(1)]);
  failure = new Failure(0, "unreachable", "");
  unread.mark(CHANNEL, named("one"));
  await vi.runAllTimersAsync();
  failure = null;
  sent.length = 0;
  unread.adopt([counted(2)]);
  expect(sent).toEqual(["one"]);
  expect(unread.count(CHANNEL)).toBe(2);
  unread.adopt([counted(1)]);
  expect(sent).toEqual(["one"]);
});

test("what the server refuses is not told again", async () => {
  unread.adopt([counted(1)]);
  failure = new Failure(404, "not_found", "");
  unread.mark(CHANNEL, named("one"));
  await vi.runAllTimersAsync();
  sent.length = 0;
  unread.adopt([]);
  expect(sent).toEqual([]);
});

test("a mark of another device takes away what it covers", async () => {
  unread.arrived(message(4), false);
  unread.arrived(message(5), false);
  unread.marked(CHANNEL, 5);
  expect(unread.has(CHANNEL)).toBe(false);
  unread.arrived(message(6), false);
  counts = [counted(1, 5)];
  unread.marked(CHANNEL, 5);
  await vi.runAllTimersAsync();
  expect(unread.count(CHANNEL)).toBe(1);
});

test("a mark in the middle of what is only counted is asked about", async () => {
  unread.adopt([counted(5)]);
  counts = [counted(2, 6)];
  unread.marked(CHANNEL, 6);
  await vi.runAllTimersAsync();
  expect(unread.count(CHANNEL)).toBe(2);
});

test("what arrives while the counts are fetched stays unread", async () => {
  unread.refetch();
  unread.arrived(message(4), true);
  await vi.runAllTimersAsync();
  expect([unread.count(CHANNEL), unread.mentions(CHANNEL)]).toEqual([1, 1]);
});

test("what the fetched counts include is not counted twice", async () => {
  counts = [counted(1)];
  unread.refetch();
  unread.arrived(message(4), false);
  await vi.runAllTimersAsync();
  expect(unread.count(CHANNEL)).toBe(1);
});

test("an event that arrives after the counts that include it is not counted twice", async () => {
  counts = [counted(2)];
  unread.refetch();
  await vi.runAllTimersAsync();
  unread.arrived(message(4), false);
  unread.arrived(message(5), false);
  expect(unread.count(CHANNEL)).toBe(2);
  unread.arrived(message(6), false);
  expect(unread.count(CHANNEL)).toBe(3);
});

test("what arrives after the counts were taken, and before they do, is added to them", async () => {
  counts = [counted(1)];
  unread.refetch();
  unread.arrived(message(4), false);
  unread.arrived(message(5), true);
  await vi.runAllTimersAsync();
  expect([unread.count(CHANNEL), unread.mentions(CHANNEL)]).toEqual([2, 1]);
});

test("what was read on another device before its event arrives is not counted", async () => {
  unread.adopt([counted(1)]);
  unread.marked(CHANNEL, 6);
  await vi.runAllTimersAsync();
  unread.arrived(message(6), false);
  expect(unread.has(CHANNEL)).toBe(false);
});

test("what was read or deleted while the counts were fetched does not come back", async () => {
  unread.refetch();
  unread.arrived(message(4), false);
  unread.mark(CHANNEL, named("five"));
  unread.arrived(message(6), false);
  unread.deleted(message(6));
  await vi.runAllTimersAsync();
  expect(unread.has(CHANNEL)).toBe(false);
});
