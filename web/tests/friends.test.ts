import { expect, test } from "vitest";
import type { FriendCalls } from "../src/api/people";
import type { Contact, FriendRequest } from "../src/api/types";
import { Friends } from "../src/friends/friends.svelte";
import { People } from "../src/people/people.svelte";
import { Answers } from "../src/store/answers";
import type { FriendsState } from "../src/store/local/state";

const contact = (name: string, change: Partial<Contact> = {}): Contact =>
  ({
    contact_user_id: name,
    username: name,
    email: "",
    avatar_url: null,
    last_seen: "2026-01-01T12:00:00Z",
    is_online: false,
    created_at: "2026-01-01T12:00:00Z",
    ...change,
  }) as Contact;

const request = (id: string, from: string, to: string, change: Partial<FriendRequest> = {}): FriendRequest =>
  ({
    id,
    from_user_id: from,
    to_user_id: to,
    from_username: from,
    to_username: to,
    message: null,
    status: "pending",
    created_at: `2026-01-01T12:00:0${id}Z`,
    ...change,
  }) as FriendRequest;

const block = (user_id: string) => ({ user_id, username: user_id, avatar_url: null, created_at: "" });

function opened(near: Partial<FriendsState> = {}, calls: Partial<FriendCalls> = {}): [Friends, People] {
  const people = new People({} as never, new Answers());
  const friends = new Friends(calls as FriendCalls, people, () => "me");
  friends.adopt({ contacts: [], friend_requests: [], blocks: [], privacy: null, ...near });
  return [friends, people];
}

test("how somebody stands to me", () => {
  const [friends] = opened({
    contacts: [contact("alice"), contact("eve")],
    friend_requests: [request("1", "bob", "me"), request("2", "me", "carol")],
    blocks: [block("eve")],
  });
  const people = ["me", "alice", "bob", "carol", "eve", "dave"];
  expect(people.map((id) => friends.relation(id))).toEqual([
    "self",
    "friend",
    "incoming",
    "outgoing",
    "blocked",
    "stranger",
  ]);
});

test("requests are told apart by their direction, the newest first, and go once they are answered", () => {
  const [friends] = opened({ friend_requests: [request("1", "bob", "me"), request("2", "carol", "me")] });
  expect(friends.incoming.map(({ id }) => id)).toEqual(["2", "1"]);
  friends.putRequest(request("2", "carol", "me", { status: "accepted" }));
  friends.dropRequest("1");
  expect(friends.incoming).toEqual([]);
});

test("a friend who comes is online, however they were; one who goes was just here", () => {
  const [friends, people] = opened({ contacts: [contact("alice", { is_online: true })] });
  expect(people.of("alice")?.status).toBe("online");
  people.applyPresence({ user_id: "alice", status: "dnd", custom_status: "busy", activity: null });
  friends.putContact(contact("alice", { is_online: true, avatar_url: "/a.png" }));
  expect(people.of("alice")).toMatchObject({ status: "dnd", customStatus: "busy", avatarUrl: "/a.png" });
  friends.wentOffline("alice");
  expect(Date.parse(friends.contact("alice")!.last_seen!)).toBeGreaterThan(Date.parse("2026-01-02"));
});

test("what the server took shows at once, and what it refused does not", async () => {
  const refused = Promise.reject(new Error("refused"));
  refused.catch(() => undefined);
  const [friends] = opened({ contacts: [contact("alice")], friend_requests: [request("1", "bob", "me")] }, {
    block: () => Promise.resolve(),
    unblock: () => refused,
    respond: () => refused,
    remove: () => Promise.resolve(),
  } as unknown as Partial<FriendCalls>);
  await friends.block("eve");
  await expect(friends.unblock("eve")).rejects.toThrow();
  await expect(friends.respond(friends.incoming[0]!, true)).rejects.toThrow();
  await friends.part("alice");
  expect(friends.isBlocked("eve")).toBe(true);
  expect(friends.incoming).toHaveLength(1);
  expect(friends.all).toEqual([]);
});

test("a new READY is the whole truth", () => {
  const [friends] = opened({ contacts: [contact("alice")], blocks: [block("eve")] });
  friends.adopt({ contacts: [], friend_requests: [], blocks: [], privacy: null });
  expect(friends.all.length + friends.blocked.length).toBe(0);
});
