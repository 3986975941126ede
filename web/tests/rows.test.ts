import { expect, test } from "vitest";
import type { Message } from "../src/api/types";
import { rowsOf, type Row } from "../src/list/rows";
import type { Outgoing } from "../src/messages/outbox.svelte";

function message(seq: number, author: string, at: string, nonce: string | null = null): Message {
  return {
    id: `m${seq}`,
    author_id: author,
    content: "",
    created_at: at,
    seq,
    version: seq,
    nonce,
  } as Message;
}

const shape = (rows: Row[]): string[] =>
  rows.map((row) => (row.kind === "message" ? (row.isCompact ? "compact" : "full") : row.kind));

test("grouped by author, time and day", () => {
  const messages = [
    message(1, "a", "2026-01-02T10:00:00"),
    message(2, "a", "2026-01-02T10:05:00"),
    message(3, "a", "2026-01-02T10:20:00"),
    message(4, "b", "2026-01-02T10:21:00"),
    message(5, "b", "2026-01-03T10:21:00"),
  ];
  const rows = rowsOf({ messages, outgoing: [], me: "a", seenTo: undefined, reachesStart: true });
  expect(shape(rows)).toEqual(["day", "full", "compact", "full", "full", "day", "full"]);
});

test("what happened stands by itself, and who one person added at once are told of together", () => {
  const at = "2026-01-02T10:00:00";
  const systemEntry = (
    seq: number,
    author: string,
    kind: string,
    user_id: string | null = null,
  ): Message => ({
    ...message(seq, author, at),
    type: "system",
    type_details: { kind, user_id },
  });
  const messages = [
    message(1, "a", at),
    systemEntry(2, "a", "participant_add", "b"),
    systemEntry(3, "a", "participant_add", "c"),
    systemEntry(4, "a", "participant_add", "me"),
    systemEntry(5, "b", "participant_add", "d"),
    systemEntry(6, "b", "participant_leave"),
    systemEntry(7, "b", "participant_leave"),
    message(8, "a", at),
  ];
  const rows = rowsOf({ messages, outgoing: [], me: "me", seenTo: 1, reachesStart: true });
  const told = rows.flatMap((row) => (row.kind === "system" ? [[row.key, row.system.others]] : []));
  expect(told).toEqual([
    ["m2", ["b", "c"]],
    ["m4", ["me"]],
    ["m5", ["d"]],
    ["m6", []],
    ["m7", []],
  ]);
  expect(shape(rows)).toEqual(["day", "full", ...Array<string>(5).fill("system"), "new", "full"]);
});

test("the line stands before the first unseen message of somebody else", () => {
  const messages = [1, 2, 3].map((seq) => message(seq, seq === 2 ? "me" : "b", "2026-01-02T10:00:00"));
  expect(shape(rowsOf({ messages, outgoing: [], me: "me", seenTo: 1, reachesStart: true }))).toEqual([
    "day",
    "full",
    "full",
    "new",
    "full",
  ]);
});

test("there is no line where what was seen last is not held", () => {
  const messages = [5, 6].map((seq) => message(seq, "b", "2026-01-02T10:00:00"));
  const source = { messages, outgoing: [], me: "me", seenTo: 1 };
  expect(shape(rowsOf({ ...source, reachesStart: false }))).not.toContain("new");
  expect(shape(rowsOf({ ...source, reachesStart: true }))).toContain("new");
});

test("a text on its way keeps its row when it is confirmed", () => {
  const outgoing: Outgoing = {
    nonce: "n",
    answers: null,
    thread: null,
    channel: "c",
    content: "",
    state: "sending",
    reason: "",
    createdAt: new Date(),
  };
  const before = rowsOf({
    messages: [],
    outgoing: [outgoing],
    me: "me",
    seenTo: undefined,
    reachesStart: true,
  });
  const confirmed = message(1, "me", new Date().toISOString(), "n");
  const after = rowsOf({
    messages: [confirmed],
    outgoing: [],
    me: "me",
    seenTo: undefined,
    reachesStart: true,
  });
  expect(after.map(({ key }) => key)).toEqual(before.map(({ key }) => key));
});

test("a message that is heard of before its own sending is answered has one row", () => {
  const at = "2026-01-02T10:00:00";
  const outgoing = { nonce: "n", content: "", createdAt: new Date(at), state: "sending" } as Outgoing;
  const common = { outgoing: [outgoing], me: "me", seenTo: undefined, reachesStart: true };
  const heard = rowsOf({ ...common, messages: [message(1, "me", at, "n")] });
  expect(shape(heard)).toEqual(["day", "full"]);
  expect(shape(rowsOf({ ...common, messages: [message(1, "other", at, "n")] }))).toEqual([
    "day",
    "full",
    "full",
  ]);
});

test("a row stays the same object as long as its message does, whatever comes before and after it", () => {
  const [first, second, third] = [1, 2, 3].map((seq) => message(seq, "a", "2026-01-02T10:00:00"));
  const common = { outgoing: [], me: "me", seenTo: undefined, reachesStart: true };
  const before = rowsOf({ ...common, messages: [second!, third!] });
  const after = rowsOf({ ...common, messages: [first!, second!, third!] });
  expect(shape(after)).toEqual(["day", "full", "compact", "compact"]);
  expect(after[3]).toBe(before[2]);
  expect(after[2]).not.toBe(before[1]); // it lost its author's name

  const edited = { ...third!, version: 9, content: "anew" };
  expect(rowsOf({ ...common, messages: [second!, edited] })[2]).toMatchObject({ content: "anew" });
});
