import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { People } from "../src/people/people.svelte";
import { ASKED, Presences } from "../src/people/presences";
import { Answers } from "../src/store/answers";

const asked: [string, number][] = [];
const stale: string[][] = [];
const found: string[] = [];
let open: string | null = "club";

const presences = new Presences({
  answers: new Answers(),
  open: () => open,
  servers: () => ["club", "elsewhere"],
  members: (server, limit) => {
    asked.push([server, limit]);
    return Promise.resolve([{ user_id: "ann" } as never]);
  },
  found: (member) => found.push(member.user_id),
  stale: (servers) => stale.push(servers),
});

beforeEach(() => {
  vi.useFakeTimers();
  for (const list of [asked, stale, found]) list.length = 0;
  open = "club";
});
afterEach(() => {
  presences.clear();
  vi.useRealTimers();
});

test("who is shown is asked for once, within the time that is given", async () => {
  presences.reset({ server_id: "club", spread_seconds: 10 });
  presences.reset({ server_id: "club", spread_seconds: 10 });
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([asked, found]).toEqual([[["club", ASKED]], ["ann"]]);
});

test("what is not shown is fetched when it is opened", async () => {
  presences.reset({ server_id: "elsewhere", spread_seconds: 1 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect([asked, stale]).toEqual([[], [["elsewhere"]]]);
});

test("who has left the screen meanwhile is not asked for", async () => {
  presences.reset({ server_id: "club", spread_seconds: 1 });
  open = null;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toEqual([]);
});

test("after the bus was silent everything may be wrong", async () => {
  presences.reset({ server_id: null, spread_seconds: 1 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect([asked, stale]).toEqual([[["club", ASKED]], [["elsewhere"]]]);
});

test("a list that was made before one came back does not say that one is away oneself", () => {
  const me = { id: "me", username: "me", avatar_url: null, status: "online" };
  const people = new People({} as never, new Answers(), () => me as never);
  people.fromMember({ ...me, user_id: "me", status: "offline" } as never);
  people.fromMember({ ...me, user_id: "ann", status: "offline" } as never);
  expect(["me", "ann"].map((id) => people.of(id)?.status)).toEqual(["online", "offline"]);
});

test("a profile that was requested before a change does not undo it", async () => {
  const ann = { id: "ann", username: "ann", display_name: null, avatar_url: null, status: "online" };
  let answer: (profile: never) => void = () => undefined;
  const profile = () => new Promise<never>((resolve) => (answer = resolve));
  const people = new People({ profile } as never, new Answers());
  const fetched = people.fetch("ann");
  people.change({ ...ann, display_name: "Ada" } as never);
  people.applyPresence({ user_id: "ann", status: "dnd", custom_status: null, activity: null });
  answer(ann as never);
  await fetched;
  expect(people.of("ann")).toMatchObject({ name: "Ada", status: "dnd" });
});
