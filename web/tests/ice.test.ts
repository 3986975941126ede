import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { IceServers } from "../src/api/types";
import { Ice } from "../src/voice/ice.svelte";
import { isUnreached, lostIn, type Grade, type Quality } from "../src/voice/quality";

const MINUTES = 60_000;
const HOURS = 60 * MINUTES;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server whose answers count up; each is good for an hour. */
function serverOf(more: Partial<IceServers> = {}) {
  const server = { asked: 0, isDown: false };
  const fetch = () => {
    if (server.isDown) return Promise.reject(new Error("down"));
    const turn = { urls: "turn:relay.example", username: `${++server.asked}`, credential: "secret" };
    return Promise.resolve({ iceServers: [turn], ttl: 3_600, missing: [], relay_only: false, ...more });
  };
  return { server, fetch };
}

function iceOf(fetch: () => Promise<IceServers>, hidesAddress = false) {
  const given: RTCConfiguration[] = [];
  const ice = new Ice({ fetch, choices: { hidesAddress }, renewed: (each) => given.push(each) });
  return { ice, names: () => given.map((each) => each.iceServers?.[0]?.username) };
}

test("a call of two hours has credentials that are good at every moment", async () => {
  const { server, fetch } = serverOf();
  const { ice, names } = iceOf(fetch);
  await ice.fetch();
  await vi.advanceTimersByTimeAsync(2 * HOURS + MINUTES);
  expect(names()).toEqual(["2", "3", "4", "5"]);
  ice.end();
  await vi.advanceTimersByTimeAsync(2 * HOURS);
  expect(server.asked).toBe(5);
});

test("a server that is away is asked again long before the credentials end", async () => {
  const { server, fetch } = serverOf();
  const { ice, names } = iceOf(fetch);
  await ice.fetch();
  server.isDown = true;
  await vi.advanceTimersByTimeAsync(40 * MINUTES);
  expect(names()).toEqual([]);
  server.isDown = false;
  await vi.advanceTimersByTimeAsync(MINUTES);
  expect(names()).toEqual(["2"]);
  ice.end();
});

test("connections that are lost after a sleep ask once, and only if the credentials are old", async () => {
  const { server, fetch } = serverOf();
  const { ice, names } = iceOf(fetch);
  await ice.fetch();
  await ice.renewIfDue();
  expect(server.asked).toBe(1);
  vi.setSystemTime(Date.now() + 3 * HOURS); // timers stand still while a machine sleeps
  await Promise.all([ice.renewIfDue(), ice.renewIfDue()]);
  expect(names()).toEqual(["2"]);
  ice.end();
});

test("a call that has ended while it asked asks no more", async () => {
  const { server, fetch } = serverOf();
  const { ice } = iceOf(fetch);
  const asking = ice.fetch();
  ice.end();
  await asking;
  await vi.advanceTimersByTimeAsync(2 * HOURS);
  expect(server.asked).toBe(1);
});

test.each([
  ["all", false, false],
  ["relay", true, false],
  ["relay", false, true],
] as const)("the policy is %s if the user hides: %s, the operator: %s", async (policy, hides, relay_only) => {
  const { ice } = iceOf(serverOf({ relay_only }).fetch, hides);
  expect((await ice.fetch()).iceTransportPolicy).toBe(policy);
  expect(ice.isRelayed).toBe(policy === "relay");
  ice.end();
});

test("without TURN the call knows it once it has asked", async () => {
  const { ice } = iceOf(serverOf({ missing: ["stun", "turn"] }).fetch);
  expect(ice.hasTurn).toBe(true);
  await ice.fetch();
  expect(ice.hasTurn).toBe(false);
  ice.end();
});

test("someone is unreached after sixteen seconds without a connection, until there is one", () => {
  const found = (grade: Grade): [string, Quality][] => [["ann", { grade, loss: 0, roundTrip: null }]];
  let lost = new Map<string, number>();
  for (let time = 0; time < 7; time++) lost = lostIn(lost, found("lost"));
  expect(isUnreached(lost)).toBe(false);
  lost = lostIn(lost, found("lost"));
  expect(isUnreached(lost)).toBe(true);
  expect(isUnreached(lostIn(lost, found("poor")))).toBe(false);
  expect(isUnreached(lostIn(lost, []))).toBe(false);
});
