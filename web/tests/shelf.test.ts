import { expect, test } from "vitest";
import type { KeptChannel, LocalDatabase } from "../src/store/local/database";
import { ChannelShelf } from "../src/store/local/shelf";

const MOST = 40;

const channel = (number: number, usedAt: number): KeptChannel => ({
  id: `c${number}`,
  messages: [],
  reachesStart: true,
  position: 1,
  usedAt,
});

/** What a browser without IndexedDB can do; `asked` are the questions. */
class Memory {
  readonly asked: string[] = [];
  readonly held = new Map<string, KeptChannel>();

  keys = () => Promise.resolve([...this.held.keys()]);
  all = () => Promise.resolve([...this.held.values()]);
  put = (_: string, value: KeptChannel) => Promise.resolve(Boolean(this.held.set(value.id, value)));
  drop = (_: string, id: string) => Promise.resolve(void this.held.delete(id));
  get = (_: string, id: string) => {
    this.asked.push(id);
    return Promise.resolve(this.held.get(id));
  };
}

function shelfOver(memory: Memory): ChannelShelf {
  return new ChannelShelf(memory as unknown as LocalDatabase);
}

test("what is not there is not asked for, once it is known what is", async () => {
  const memory = new Memory();
  memory.held.set("c1", channel(1, 1));
  const shelf = shelfOver(memory);
  expect(await shelf.get("c2")).toBeUndefined();
  await shelf.survey();
  expect(await shelf.get("c3")).toBeUndefined();
  expect((await shelf.get("c1"))?.id).toBe("c1");
  await shelf.put(channel(4, 2));
  expect((await shelf.get("c4"))?.id).toBe("c4");
  shelf.drop("c4");
  expect(await shelf.get("c4")).toBeUndefined();
  expect(memory.asked).toEqual(["c2", "c1", "c4"]);
});

test("those that were not used for the longest time make room, of earlier visits too", async () => {
  const memory = new Memory();
  for (let number = 0; number < MOST; number++) memory.held.set(`c${number}`, channel(number, 1000 - number));
  const shelf = shelfOver(memory);
  await shelf.survey();
  await shelf.put(channel(MOST, 2000));
  await shelf.put(channel(MOST + 1, 2001));
  expect(memory.held.size).toBe(MOST);
  expect(memory.held.has("c0")).toBe(true);
  expect(memory.held.has(`c${MOST - 1}`)).toBe(false);
  expect(memory.held.has(`c${MOST - 2}`)).toBe(false);
});
