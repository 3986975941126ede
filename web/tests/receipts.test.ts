import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ConversationCalls } from "../src/api/people";
import type { Receipt } from "../src/api/types";
import { Receipts } from "../src/conversations/receipts.svelte";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const receipt = (user_id: string, delivered_position: number, read_position: number): Receipt => ({
  conversation_id: "c",
  user_id,
  delivered_position,
  delivered_at: null,
  read_position,
  read_at: null,
});

const silent = {} as ConversationCalls;

test("each person is in one of three groups, and positions never go back", () => {
  const store = new Receipts(silent, () => true);
  store.put("c", receipt("alice", 5, 5));
  store.put("c", receipt("bob", 5, 2));
  store.put("c", receipt("alice", 3, 1));
  expect(store.reach("c", 5, ["alice", "bob", "carol"])).toEqual({
    read: ["alice"],
    delivered: ["bob"],
    others: ["carol"],
  });
});

test("what was fetched does not take back what events told meanwhile", async () => {
  const store = new Receipts(
    { receipts: () => Promise.resolve([receipt("alice", 4, 4)]) } as unknown as ConversationCalls,
    () => true,
  );
  store.load("c");
  store.put("c", receipt("alice", 6, 6));
  await vi.runAllTimersAsync();
  expect(store.reach("c", 6, ["alice"]).read).toEqual(["alice"]);
});

test("a device tells the newest message of each conversation once, a few at a time", () => {
  const told: string[] = [];
  const store = new Receipts(silent, (conversation, message) => told.push(`${conversation} ${message}`) > 0);
  store.received("a", "1");
  store.received("a", "2");
  for (let index = 0; index < 10; index++) store.received(`b${index}`, "x");
  vi.advanceTimersByTime(450);
  expect(told).toHaveLength(8);
  expect(told[0]).toBe("a 2");
  vi.advanceTimersByTime(450);
  expect(told).toHaveLength(11);
});

test("without a connection it waits for something to be told again", () => {
  let isOpen = false;
  const told: string[] = [];
  const store = new Receipts(silent, (conversation) => {
    if (isOpen) told.push(conversation);
    return isOpen;
  });
  store.received("a", "1");
  vi.advanceTimersByTime(450);
  isOpen = true;
  store.received("b", "1");
  vi.advanceTimersByTime(450);
  expect(told).toEqual(["a", "b"]);
});
