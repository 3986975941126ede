import { expect, test } from "vitest";
import type { LastMessage, Message } from "../src/api/types";
import type { Community } from "../src/community/community.svelte";
import { isNewTo, systemMessageOf, lastSystemMessage, sentenceOf } from "../src/conversations/systemmessages";
import { Names } from "../src/people/names";
import type { People } from "../src/people/people.svelte";
import type { Session } from "../src/store/session.svelte";

const NAMES: Record<string, string> = { me: "Mia", a: "Ann", b: "Ben", c: "Cleo" };
const people = { of: (id: string) => (NAMES[id] ? { name: NAMES[id] } : undefined) } as People;
const needs = {
  session: { user: { id: "me" } } as Session,
  names: new Names(people, {} as Community),
};

function said(author_id: string | null, type_details: Message["type_details"]): string {
  return sentenceOf(needs, systemMessageOf({ author_id, content: "in English", type_details } as Message));
}

test.each([
  ["a", { kind: "participant_add", user_id: "b" }, "Ann added Ben."],
  ["me", { kind: "participant_add", user_id: "b" }, "You added Ben."],
  ["a", { kind: "participant_add", user_id: "me" }, "Ann added you."],
  ["a", { kind: "participant_remove", user_id: "b" }, "Ann removed Ben."],
  ["me", { kind: "participant_remove", user_id: "b" }, "You removed Ben."],
  ["a", { kind: "participant_remove", user_id: "me" }, "Ann removed you."],
  ["a", { kind: "participant_leave" }, "Ann left."],
  ["me", { kind: "participant_leave" }, "You left."],
  ["a", { kind: "name_change", name: "Lake" }, "Ann named the group “Lake”."],
  ["me", { kind: "name_change", name: "Lake" }, "You named the group “Lake”."],
  ["a", { kind: "name_change", name: null }, "Ann removed the group's name."],
  ["me", { kind: "name_change", name: null }, "You removed the group's name."],
  ["a", { kind: "owner_change", user_id: "b" }, "Ann made Ben the owner of the group."],
  ["me", { kind: "owner_change", user_id: "b" }, "You made Ben the owner of the group."],
  ["a", { kind: "owner_change", user_id: "me" }, "Ann made you the owner of the group."],
  ["a", { kind: "owner_succession" }, "Ann is now the owner of the group."],
  ["me", { kind: "owner_succession" }, "You are now the owner of the group."],
  ["a", { kind: "call", seconds: null }, "Missed call from Ann"],
  ["me", { kind: "call", seconds: null }, "You called. No answer."],
  ["me", { kind: "call", seconds: 5 }, "Call, 1 minute"],
  ["a", { kind: "call", seconds: 290 }, "Call, 5 minutes"],
  ["a", { kind: "call", seconds: 7200 }, "Call, 2 hours"],
  ["a", { kind: "pin", message_id: "1" }, "Ann pinned a message."],
  ["me", { kind: "pin", message_id: "1" }, "You pinned a message."],
  [
    null,
    { kind: "event_reminder", event_id: "1", starts_at: "2031-05-04T12:30:00" },
    "Reminder: an event begins on May 4, 2031, 12:30 PM.",
  ],
  [
    null,
    { kind: "event_cancelled", event_id: "1", starts_at: "2031-05-04T12:30:00" },
    "The event on May 4, 2031, 12:30 PM was cancelled.",
  ],
  ["a", { kind: "moon_landing" }, "in English"],
  ["a", null, "in English"],
])("%s, %o", (author, details, sentence) => expect(said(author, details)).toBe(sentence));

test("several people are a list", () => {
  const addition = {
    kind: "participant_add",
    actor: "a",
    others: ["b", "c"],
    name: null,
    seconds: null,
    pinned: null,
    event: null,
    at: null,
    content: "",
  };
  expect(sentenceOf(needs, addition)).toBe("Ann added Ben and Cleo.");
});

test("who is not known is told of all the same", () => {
  expect(said(null, { kind: "participant_leave" })).toMatch(/ left\.$/);
});

test("the newest message of a conversation is one, or something that was said", () => {
  const last = { id: "m", sender_id: "a", content: "", timestamp: "" };
  const message_type = { type: "system", kind: "participant_leave" };
  expect(lastSystemMessage({ ...last, message_type } as LastMessage)?.kind).toBe("participant_leave");
  expect(lastSystemMessage({ ...last, message_type: { type: "text" } } as LastMessage)).toBeNull();
  expect(lastSystemMessage(last as LastMessage)).toBeNull();
});

test.each([
  ["text", "a", null, true],
  ["text", "me", null, false],
  ["system", "a", { kind: "participant_leave" }, false],
  ["system", "a", { kind: "pin", message_id: "1" }, false],
  ["system", "a", { kind: "call", seconds: 60 }, false],
  ["system", "a", { kind: "call", seconds: null, declined: ["b"] }, true],
  ["system", "a", { kind: "call", seconds: null }, true],
  ["system", "a", { kind: "call", seconds: null, declined: ["me"] }, false],
  ["system", "me", { kind: "call", seconds: null, declined: [] }, false],
])("%s by %s with %o is unread: %s", (type, author_id, type_details, isNew) =>
  expect(isNewTo("me", { type, author_id, type_details } as unknown as Message)).toBe(isNew),
);
