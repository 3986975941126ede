import { expect, test } from "vitest";
import { Failure } from "../src/api/failure";
import type { ConversationCalls } from "../src/api/people";
import type { Conversation, Message, Participant } from "../src/api/types";
import { Conversations } from "../src/conversations/conversations.svelte";
import { previewOf } from "../src/text/markup";
import { People } from "../src/people/people.svelte";
import { Answers } from "../src/store/answers";

const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString();

const person = (name: string, minute = 0): Participant => ({
  user_id: name,
  username: name,
  avatar_url: null,
  joined_at: at(minute),
});

function conversation(id: string, change: Partial<Conversation> = {}): Conversation {
  const people = [person("me"), person("alice")];
  return {
    id,
    is_direct: true,
    name: null,
    description: null,
    owner_id: null,
    created_at: at(0),
    participants: people.map(({ user_id }) => user_id),
    people,
    recipient: { id: "alice", username: "alice", avatar_url: null, status: "online" },
    other_username: "alice",
    last_message: null,
    last_message_preview: "",
    last_message_time: at(0),
    last_message_at: null,
    last_seq: 0,
    unread_count: 0,
    joined_at: at(0),
    hidden_position: null,
    is_hidden: false,
    ...change,
  } as Conversation;
}

function message(channel_id: string, seq: number, change: Partial<Message> = {}): Message {
  const base = {
    id: `m${seq}`,
    channel_id,
    author_id: "alice",
    content: `said ${seq}`,
    deleted: false,
  };
  return { ...base, seq, version: seq, created_at: at(seq), nonce: null, ...change } as Message;
}

/** The server's responses; any other request fails the test. */
function opened(calls: Partial<ConversationCalls> = {}): Conversations {
  return new Conversations(calls as ConversationCalls, new People({} as never, new Answers()));
}

test("conversations stand by their newest activity", () => {
  const store = opened();
  store.adopt([
    conversation("a", { last_message_time: at(1) }),
    conversation("b", { last_message_time: at(2) }),
  ]);
  expect(store.shown.map(({ id }) => id)).toEqual(["b", "a"]);
  store.messageReceived(message("a", 3, { content: "**news**\nof today" }));
  expect(store.shown.map(({ id }) => id)).toEqual(["a", "b"]);
  expect(store.of("a")).toMatchObject({ last_message: { content: "**news**\nof today" }, last_seq: 3 });
});

test("a message that is known already changes nothing", () => {
  const store = opened();
  store.adopt([conversation("a", { last_seq: 5, last_message_preview: "five", last_message_time: at(5) })]);
  store.messageReceived(message("a", 4));
  expect(store.of("a")).toMatchObject({ last_seq: 5, last_message_preview: "five" });
});

test("what is hidden comes back when somebody says something", () => {
  const store = opened();
  store.adopt([conversation("a", { last_seq: 5 })]);
  store.viewed("a", 5);
  expect(store.shown).toEqual([]);
  store.messageReceived(message("a", 6));
  expect(store.shown.map(({ id }) => id)).toEqual(["a"]);
  store.viewed("a", null);
  expect(store.of("a")?.is_hidden).toBe(false);
});

test("what happens to a hidden group is told and does not show it", async () => {
  const fresh = conversation("a", { last_seq: 6, hidden_position: 5, is_hidden: true });
  const store = opened({ get: () => Promise.resolve(fresh) } as unknown as Partial<ConversationCalls>);
  store.adopt([conversation("a", { last_seq: 5 })]);
  store.viewed("a", 5);
  store.messageReceived(message("a", 6, { type: "system", type_details: { kind: "participant_leave" } }));
  expect(store.of("a")).toMatchObject({ is_hidden: true, last_seq: 6, last_message_time: at(6) });
  expect(store.of("a")?.last_message?.message_type).toEqual({ type: "system", kind: "participant_leave" });
  store.viewed("a", 5); // another device has just hidden it
  await Promise.resolve();
  expect(store.shown).toEqual([]);
  store.messageReceived(message("a", 7));
  expect(store.shown.map(({ id }) => id)).toEqual(["a"]);
});

test("the preview follows an edit of the newest message, and the server after its deletion", async () => {
  const last_message = { id: "m0", sender_id: "alice", content: "before it", timestamp: at(0) };
  const fresh = conversation("a", { last_message } as Partial<Conversation>);
  const store = opened({ get: () => Promise.resolve(fresh) } as unknown as Partial<ConversationCalls>);
  store.adopt([conversation("a")]);
  store.messageReceived(message("a", 1));
  store.messageReceived(message("a", 2));
  store.changed(message("a", 1, { content: "an older one" }));
  expect(store.of("a")?.last_message?.content).toBe("said 2");
  store.changed(message("a", 2, { content: "edited" }));
  expect(store.of("a")?.last_message?.content).toBe("edited");
  store.changed(message("a", 2, { deleted: true }));
  await Promise.resolve();
  expect(store.of("a")?.last_message?.content).toBe("before it");
});

test("people come and go in the order of their coming, each once", () => {
  const store = opened();
  store.adopt([conversation("a", { is_direct: false, recipient: null })]);
  store.joined("a", person("carol", 2));
  store.joined("a", person("bob", 1));
  store.joined("a", person("carol", 2));
  expect(store.of("a")?.participants).toEqual(["me", "alice", "bob", "carol"]);
  store.participantLeft("a", "alice");
  expect(store.of("a")?.people.map(({ user_id }) => user_id)).toEqual(["me", "bob", "carol"]);
});

test("a new READY is the whole truth", () => {
  const store = opened();
  store.adopt([conversation("a"), conversation("b")]);
  store.adopt([conversation("b")]);
  expect(store.of("a")).toBeUndefined();
  expect(store.all).toHaveLength(1);
});

test("only a refusal for good closes a direct conversation, and what the other says opens it", () => {
  const store = opened();
  store.adopt([conversation("a"), conversation("g", { is_direct: false })]);
  const refusal = new Failure(403, "cannot_message", "no");
  store.refused("a", new Failure(0, "unreachable", "away"));
  expect(store.closed.has("a")).toBe(false);
  store.refused("g", refusal);
  store.refused("a", refusal);
  expect([...store.closed]).toEqual(["a"]);
  store.messageReceived(message("a", 1));
  expect(store.closed.has("a")).toBe(false);
});

test("the direct conversation with somebody is found, shown again, or made", async () => {
  const asked: string[] = [];
  const store = opened({
    show: (id: string) => Promise.resolve(void asked.push(`show ${id}`)),
    create: ({ participant_ids }: { participant_ids: string[] }) => {
      asked.push(`create ${participant_ids.join()}`);
      return Promise.resolve(conversation("new", { recipient: { id: participant_ids[0] } as never }));
    },
  } as unknown as Partial<ConversationCalls>);
  store.adopt([conversation("a", { hidden_position: 0, is_hidden: true })]);
  expect(await store.direct("alice")).toBe("a");
  expect(store.of("a")?.is_hidden).toBe(false);
  expect(await store.direct("bob")).toBe("new");
  expect(asked).toEqual(["show a", "create bob"]);
});

test("a preview is one line without markup, cut by characters", () => {
  expect(previewOf("> quoted\n**bold**  `code`")).toBe("quoted bold code");
  expect([...previewOf("👋".repeat(300))]).toHaveLength(200);
});
