import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Failure } from "../src/api/failure";
import type { Message } from "../src/api/types";
import type { StoredText } from "../src/store/local/database";
import { Outbox, type OutboxAnnouncement } from "../src/messages/outbox.svelte";

/** A server that stores each nonce once, and a browser whose storage and locks all its tabs share. */
class World {
  stored: string[] = [];
  nonces = new Set<string>();
  kept = new Map<string, StoredText>();
  tabs: Outbox[] = [];
  calls = 0;
  trouble: Error | null = null;
  losesAnswers = false;
  shown = new Map<Outbox, string[]>();
  private locks = new Map<string, Promise<void>>();

  async send(channel: string, content: string, nonce: string): Promise<Message> {
    this.calls += 1;
    await Promise.resolve();
    if (this.trouble) throw this.trouble;
    if (!this.nonces.has(nonce)) this.stored.push(content);
    this.nonces.add(nonce);
    if (this.losesAnswers) throw new Failure(0, "unreachable", "away");
    return { id: nonce, channel_id: channel, content, nonce } as Message;
  }

  tab(): Outbox {
    const outbox: Outbox = new Outbox({
      api: {
        sendMessage: (channel, content, nonce) => this.send(channel, content, nonce),
        replyInThread: (root, content, nonce) => this.send(root.channel_id, `${root.id}: ${content}`, nonce),
      },
      confirmed: (message) => {
        this.shown.set(outbox, [...(this.shown.get(outbox) ?? []), message.content]);
        outbox.settle(message);
      },
      refused: () => undefined,
      kept: () => Promise.resolve([...this.kept.values()]),
      keep: (text) => Promise.resolve(this.kept.set(text.nonce, text) !== undefined),
      isKept: (nonce) => Promise.resolve(this.kept.has(nonce)),
      drop: (nonce) => this.kept.delete(nonce),
      announce: (announcement: OutboxAnnouncement) => {
        for (const other of this.tabs) if (other !== outbox) other.receive(announcement);
      },
      alone: (channel, work) => {
        const turn = (this.locks.get(channel) ?? Promise.resolve()).then(work);
        this.locks.set(
          channel,
          turn.catch(() => undefined),
        );
        return turn;
      },
    });
    this.tabs.push(outbox);
    return outbox;
  }
}

const settle = () => vi.advanceTimersByTimeAsync(1);
const away = new Failure(0, "unreachable", "away");

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("texts of a channel go in the order in which they were written", async () => {
  const world = new World();
  const outbox = world.tab();
  for (const content of ["one", "two", "three"]) outbox.add("c", content);
  await settle();
  expect(world.stored).toEqual(["one", "two", "three"]);
  expect(outbox.entries).toEqual([]);
  expect(world.kept.size).toBe(0);
});

test("what cannot be sent waits, and goes in order once there is a connection", async () => {
  const world = new World();
  world.trouble = away;
  const outbox = world.tab();
  outbox.add("c", "one");
  outbox.add("c", "two");
  await settle();
  expect(outbox.of("c").map((entry) => entry.state)).toEqual(["waiting", "waiting"]);
  expect(world.calls).toBe(1);
  world.trouble = null;
  outbox.resume();
  await settle();
  expect(world.stored).toEqual(["one", "two"]);
});

test("what is said in a thread goes to the thread, in the order of its channel", async () => {
  const world = new World();
  world.trouble = away;
  const outbox = world.tab();
  outbox.add("c", "one", null, "root");
  outbox.add("c", "two");
  await settle();
  expect(outbox.of("c").map((entry) => entry.content)).toEqual(["two"]);
  expect(outbox.of("c", "root").map((entry) => entry.content)).toEqual(["one"]);
  world.trouble = null;
  outbox.resume();
  await settle();
  expect(world.stored).toEqual(["root: one", "two"]);
});

test("what waits is tried again by itself", async () => {
  const world = new World();
  world.trouble = away;
  const outbox = world.tab();
  outbox.add("c", "one");
  await settle();
  world.trouble = null;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(world.stored).toEqual(["one"]);
});

test("a lost answer makes no second message", async () => {
  const world = new World();
  world.losesAnswers = true;
  const outbox = world.tab();
  outbox.add("c", "one");
  await settle();
  world.losesAnswers = false;
  outbox.resume();
  await settle();
  expect(world.calls).toBe(2);
  expect(world.stored).toEqual(["one"]);
  expect(outbox.entries).toEqual([]);
});

test("what was refused stays, says why, lets the next one pass, and is not tried again by itself", async () => {
  const world = new World();
  world.trouble = new Failure(403, "missing_permission", "You may not.");
  const outbox = world.tab();
  const nonce = outbox.add("c", "one");
  await settle();
  expect(outbox.entries).toMatchObject([{ state: "failed", reason: "You may not." }]);
  world.trouble = null;
  outbox.add("c", "two");
  outbox.resume();
  await settle();
  expect(world.stored).toEqual(["two"]);
  outbox.retry(nonce);
  await settle();
  expect(world.stored).toEqual(["two", "one"]);
});

test("a short pause that the server asks for is kept, a long one is told", async () => {
  const world = new World();
  world.trouble = new Failure(429, "too_fast", "Slow down.", {}, 3);
  const outbox = world.tab();
  outbox.add("c", "one");
  await settle();
  expect(outbox.entries).toMatchObject([{ state: "waiting" }]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(world.calls).toBe(1);
  world.trouble = new Failure(429, "slow_mode", "In an hour.", {}, 3_600);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(outbox.entries).toMatchObject([{ state: "failed", reason: "In an hour." }]);
});

test("what waited outlasts the page, in its order and under its keys", async () => {
  const world = new World();
  world.losesAnswers = true;
  const before = world.tab();
  before.add("c", "one");
  before.add("c", "two");
  await settle();
  before.clear();
  world.tabs = [];
  world.losesAnswers = false;
  const after = world.tab();
  after.resume();
  await settle();
  expect(world.stored).toEqual(["one", "two"]);
  expect(world.nonces.size).toBe(2);
  expect(world.kept.size).toBe(0);
});

test("tabs show each other's texts, and each text is sent by one of them", async () => {
  const world = new World();
  world.trouble = away;
  const [first, second] = [world.tab(), world.tab()];
  first.add("c", "from the first");
  await settle();
  second.add("c", "from the second");
  await settle();
  for (const tab of [first, second])
    expect(tab.of("c").map((entry) => entry.content)).toEqual(["from the first", "from the second"]);
  world.trouble = null;
  world.calls = 0;
  for (const tab of [first, second]) tab.resume();
  await settle();
  expect(world.stored).toEqual(["from the first", "from the second"]);
  expect(world.calls).toBe(2);
  for (const tab of [first, second]) {
    expect(tab.entries).toEqual([]);
    expect(world.shown.get(tab)).toEqual(["from the first", "from the second"]);
  }
});

test("a text that is taken back is gone in all tabs, and for good", async () => {
  const world = new World();
  world.trouble = away;
  const [first, second] = [world.tab(), world.tab()];
  const nonce = first.add("c", "never mind");
  await settle();
  second.discard(nonce);
  await settle();
  world.trouble = null;
  for (const tab of [first, second]) tab.resume();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(world.stored).toEqual([]);
  expect(first.entries).toEqual([]);
  expect(world.kept.size).toBe(0);
});
