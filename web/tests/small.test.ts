import { expect, test, vi } from "vitest";
import { expiryOf } from "../src/api/tokens";
import { lengthOf } from "../src/writing/limits";
import { linkTo, linkTargetAt } from "../src/store/route.svelte";
import { backoff, FIRST_MS, LONGEST_MS } from "../src/sync/backoff";
import { read } from "../src/sync/frames";
import { dayName } from "../src/text/time";
import { initialsOf } from "../src/ui/tone";

test("waits grow, are spread, and stay bounded", () => {
  expect(backoff(0, () => 1)).toBe(FIRST_MS);
  expect(backoff(3, () => 1)).toBe(FIRST_MS * 8);
  expect(backoff(3, () => 0)).toBe(FIRST_MS * 4);
  expect(backoff(99, () => 1)).toBe(LONGEST_MS);
});

test("a token tells when it ends; one that does not is renewed soon", () => {
  const token = `x.${btoa(JSON.stringify({ exp: 1_800_000_000 })).replaceAll("=", "")}.x`;
  expect(expiryOf(token)).toBe(1_800_000_000_000);
  expect(expiryOf("opaque")).toBeGreaterThan(Date.now());
});

test("a frame's place is read only where it has one", () => {
  const durable = read(
    '{"op":"DISPATCH","t":"SERVER_DELETE","topic":"a","position":3,"previous":2,"d":{"id":"x"}}',
  );
  expect(durable).toMatchObject({ frame: { place: { topic: "a", position: 3, previous: 2 } } });
  expect(read('{"op":"DISPATCH","t":"TYPING_START","d":{}}')).toMatchObject({ frame: { place: null } });
  expect(read('{"op":"HEARTBEAT_ACK"}').kind).toBe("acknowledged");
  expect(read('{"op":"SOMETHING_NEW"}').kind).toBe("unknown");
});

test("days are named as people name them", () => {
  const now = new Date(2026, 2, 1, 12);
  expect(dayName(new Date(2026, 2, 1, 0, 1), now)).toBe("Today");
  expect(dayName(new Date(2026, 1, 28, 23, 59), now)).toBe("Yesterday");
  expect(dayName(new Date(2025, 11, 31), now)).toContain("2025");
});

test("lengths are counted in code points, initials taken whole", () => {
  expect(lengthOf("👋é")).toBe(2);
  expect(initialsOf("the harbour club")).toBe("TH");
  expect(initialsOf("👋 there")).toBe("👋T");
  expect(initialsOf("ada_11")).toBe("A");
  expect(initialsOf("42")).toBe("4");
});

test("only addresses of this client lead somewhere in it", () => {
  vi.stubGlobal("location", { origin: "https://club.example", pathname: "/" });
  const [server, channel, message] = ["a", "b", "c"].map((sign) => sign.repeat(36)) as [
    string,
    string,
    string,
  ];
  const link = linkTo({ id: message, channel_id: channel }, server);
  expect(link).toBe(`https://club.example/#/s/${server}/${channel}/m/${message}`);
  expect(linkTargetAt(link)).toEqual({ fragment: new URL(link).hash, place: channel, message });
  expect(linkTargetAt(linkTo({ id: message, channel_id: channel }, null))).toMatchObject({
    place: channel,
    message,
  });
  expect(linkTargetAt(`https://club.example/#/s/${server}/${channel}/d/${message}`)).toMatchObject({
    place: null,
  });
  for (const other of [
    link.replace("club", "clab"),
    link.replace("/#", "/?x#"),
    link.replace("/#", "/api/docs#"),
    "https://club.example/",
  ])
    expect(linkTargetAt(other)).toBeNull();
  vi.unstubAllGlobals();
});
