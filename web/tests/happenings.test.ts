import { expect, test } from "vitest";
import type { LastMessage, Message } from "../src/api/types";
import { happeningOf, lastHappening, sentenceOf } from "../src/messages/happenings";
import type { Application } from "../src/store/application.svelte";

const NAMES: Record<string, string> = { me: "Mia", a: "Ann", b: "Ben", c: "Cleo" };
const app = {
  user: { id: "me" },
  people: { of: (id: string) => (NAMES[id] ? { name: NAMES[id] } : undefined) },
} as unknown as Application;

function said(author_id: string | null, type_details: Message["type_details"]): string {
  return sentenceOf(app, happeningOf({ author_id, content: "in English", type_details } as Message));
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
  ["a", { kind: "name_change", name: null }, "Ann took the group's name away."],
  ["me", { kind: "name_change", name: null }, "You took the group's name away."],
  ["a", { kind: "owner_change", user_id: "b" }, "Ann handed the group over to Ben."],
  ["me", { kind: "owner_change", user_id: "b" }, "You handed the group over to Ben."],
  ["a", { kind: "owner_change", user_id: "me" }, "Ann handed the group over to you."],
  ["a", { kind: "owner_succession" }, "Ann owns the group now."],
  ["me", { kind: "owner_succession" }, "You own the group now."],
  ["a", { kind: "moon_landing" }, "in English"],
  ["a", null, "in English"],
])("%s, %o", (author, details, sentence) => expect(said(author, details)).toBe(sentence));

test("several people are a list", () => {
  const happening = { kind: "participant_add", actor: "a", others: ["b", "c"], name: null, content: "" };
  expect(sentenceOf(app, happening)).toBe("Ann added Ben and Cleo.");
});

test("who is not known is told of all the same", () => {
  expect(said(null, { kind: "participant_leave" })).toMatch(/ left\.$/);
});

test("the newest message of a conversation is one, or something that was said", () => {
  const last = { id: "m", sender_id: "a", content: "", timestamp: "" };
  const message_type = { type: "system", kind: "participant_leave" };
  expect(lastHappening({ ...last, message_type } as LastMessage)?.kind).toBe("participant_leave");
  expect(lastHappening({ ...last, message_type: { type: "text" } } as LastMessage)).toBeNull();
  expect(lastHappening(last as LastMessage)).toBeNull();
});
