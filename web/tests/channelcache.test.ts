import { expect, test } from "vitest";
import type { StoredChannel, LocalDatabase } from "../src/store/local/database";
import { ChannelCache } from "../src/store/local/channelcache";

const MOST = 40;

const channel = (number: number, usedAt: number): StoredChannel => ({
  id: `c${number}`,
  messages: [],
  reachesStart: true,
  position: 1,
  usedAt,
});

/** The browser's storage without IndexedDB; `asked` holds the requests. */
class Memory {
  readonly asked: string[] = [];
  readonly held = new Map<string, StoredChannel>();

  keys = () => Promise.resolve([...this.held.keys()]);
  all = () => Promise.resolve([...this.held.values()]);
  put = (_: string, value: StoredChannel) => Promise.resolve(Boolean(this.held.set(value.id, value)));
  drop = (_: string, id: string) => Promise.resolve(void this.held.delete(id));
  get = (_: string, id: string) => {
    this.asked.push(id);
    return Promise.resolve(this.held.get(id));
  };
}

function cacheOver(memory: Memory): ChannelCache {
  return new ChannelCache(memory as unknown as LocalDatabase);
}

test("what is not there is not asked for, once it is known what is", async () => {
  const memory = new Memory();
  memory.held.set("c1", channel(1, 1));
  const cache = cacheOver(memory);
  expect(await cache.get("c2")).toBeUndefined();
  await cache.loadIndex();
  expect(await cache.get("c3")).toBeUndefined();
  expect((await cache.get("c1"))?.id).toBe("c1");
  await cache.put(channel(4, 2));
  expect((await cache.get("c4"))?.id).toBe("c4");
  cache.drop("c4");
  expect(await cache.get("c4")).toBeUndefined();
  expect(memory.asked).toEqual(["c2", "c1", "c4"]);
});

test("those that were not used for the longest time make room, of earlier visits too", async () => {
  const memory = new Memory();
  for (let number = 0; number < MOST; number++) memory.held.set(`c${number}`, channel(number, 1000 - number));
  const cache = cacheOver(memory);
  await cache.loadIndex();
  await cache.put(channel(MOST, 2000));
  await cache.put(channel(MOST + 1, 2001));
  expect(memory.held.size).toBe(MOST);
  expect(memory.held.has("c0")).toBe(true);
  expect(memory.held.has(`c${MOST - 1}`)).toBe(false);
  expect(memory.held.has(`c${MOST - 2}`)).toBe(false);
});
