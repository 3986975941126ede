import { expect, test } from "vitest";
import type { Channel } from "../src/api/types";
import { groupsOf, idOf, placedChannel, placedGroup, shiftsFor, type Group } from "../src/community/grouping";
import { saveOrder } from "../src/community/moving";

const channel = (id: string, position: number, category: string | null) =>
  ({ id, position, category, name: id }) as Channel;
const all = [
  channel("a", 0, null),
  channel("b", 1, "Talk"),
  channel("c", 2, "Talk"),
  channel("d", 5, "Play"),
];
const groups = groupsOf(all, []);
const shape = (next: Group[]) =>
  next.map(({ category, channels }) => `${category ?? "-"}: ${channels.map(({ id }) => id).join("")}`);
const changes = (next: Group[]) => shiftsFor(next).map(({ channel: { id }, change }) => [id, change]);

test("a channel is put before another one, or behind all of a category", () => {
  expect(shape(placedChannel(groups, "c", "Talk", "b"))).toEqual(["-: a", "Talk: cb", "Play: d"]);
  expect(shape(placedChannel(groups, "b", "Talk", null))).toEqual(["-: a", "Talk: cb", "Play: d"]);
  expect(shape(placedChannel(groups, "a", "Play", "d"))).toEqual(["-: ", "Talk: bc", "Play: ad"]);
  expect(shape(placedChannel(groups, "a", "Play", null))).toEqual(["-: ", "Talk: bc", "Play: da"]);
});

test("what leaves its category stands above all, if nothing else has none", () => {
  const named = groupsOf(all.slice(1), []);
  expect(shape(placedChannel(named, "d", null, null))).toEqual(["-: d", "Talk: bc", "Play: "]);
  expect(changes(placedChannel(named, "d", null, null))).toEqual([
    ["d", { position: 1, category: null }],
    ["b", { position: 2 }],
    ["c", { position: 5 }],
  ]);
});

test("a category goes with all its channels", () => {
  const next = placedGroup(groups, idOf("Play"), idOf("Talk"));
  expect(shape(next)).toEqual(["-: a", "Play: d", "Talk: bc"]);
  expect(changes(next)).toEqual([
    ["d", { position: 1 }],
    ["b", { position: 2 }],
    ["c", { position: 5 }],
  ]);
  expect(shape(placedGroup(groups, idOf(null), null))).toEqual(["Talk: bc", "Play: d", "-: a"]);
});

test("what lands where it was changes nothing", () => {
  expect(placedChannel(groups, "b", "Talk", "b")).toBe(groups);
  expect(placedChannel(groups, "gone", "Talk", "b")).toBe(groups);
  expect(changes(placedChannel(groups, "b", "Talk", "c"))).toEqual([]);
  expect(placedGroup(groups, idOf("Talk"), idOf("Talk"))).toBe(groups);
  expect(changes(placedGroup(groups, idOf("Talk"), idOf("Play")))).toEqual([]);
});

function world(answer: (moves: object[]) => Promise<Channel[]>) {
  const held = new Map(all.map((each) => [each.id, each]));
  const reports: unknown[] = [];
  const requests: object[][] = [];
  return {
    reports,
    requests,
    order: () =>
      [...held.values()]
        .sort((a, b) => a.position - b.position)
        .map(({ id }) => id)
        .join(""),
    community: {
      channel: (id: string) => held.get(id),
      putChannel: (each: Channel) => void held.set(each.id, each),
    },
    api: {
      moveChannels: (_: string, moves: object[]) => {
        requests.push(moves);
        return answer(moves);
      },
    },
    toasts: { report: (error: unknown) => void reports.push(error) },
  };
}

test("an order is shown at once and saved with one request", async () => {
  const app = world(async () => [channel("c", 1, "Talk"), channel("b", 2, "Talk")]);
  const saving = saveOrder(app, "server", placedChannel(groups, "c", "Talk", "b"));
  expect(app.order()).toBe("acbd");
  expect(await saving).toBe(true);
  expect(app.order()).toBe("acbd");
  expect(app.requests).toEqual([
    [
      { id: "c", position: 1 },
      { id: "b", position: 2 },
    ],
  ]);
});

test("a refused order is taken back, but not what came meanwhile", async () => {
  const app = world(() => Promise.reject(new Error("no")));
  const saving = saveOrder(app, "server", placedChannel(groups, "c", "Talk", "b"));
  const renamed = { ...channel("b", 2, "Talk"), name: "renamed" };
  app.community.putChannel(renamed);
  expect(await saving).toBe(false);
  expect(app.community.channel("c")).toBe(all[2]);
  expect(app.community.channel("b")).toBe(renamed);
  expect(app.reports).toHaveLength(1);
});
