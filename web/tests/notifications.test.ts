import { expect, test } from "vitest";
import type { Api } from "../src/api/api";
import type { InboxItem, NotificationLevel } from "../src/api/types";
import { newestFirst } from "../src/inbox/inbox.svelte";
import { FOREVER, Levels } from "../src/notifications/levels.svelte";

const SERVER = "server";
const CHANNEL = "channel";

function levels(...held: Partial<NotificationLevel>[]): Levels {
  const store = new Levels({} as Api, () => "me");
  store.adopt(
    held.map((each) => ({ place_id: SERVER, kind: "server", level: null, muted_until: null, ...each })),
  );
  return store;
}

test("a channel goes by its server until something is said for it", () => {
  expect(levels().level(CHANNEL, SERVER)).toBe("all");
  const store = levels({ level: "nothing" });
  expect(store.level(CHANNEL, SERVER)).toBe("nothing");
  store.put({ place_id: CHANNEL, kind: "channel", level: "mentions", muted_until: null });
  expect(store.level(CHANNEL, SERVER)).toBe("mentions");
  store.drop(CHANNEL);
  expect(store.level(CHANNEL, SERVER)).toBe("nothing");
});

test("what is worth a notification", () => {
  const tells = (store: Levels) =>
    [false, true].map((isMention) => store.notifies(CHANNEL, SERVER, isMention));
  expect(tells(levels())).toEqual([true, true]);
  expect(tells(levels({ level: "mentions" }))).toEqual([false, true]);
  expect(tells(levels({ level: "nothing" }))).toEqual([false, false]);
  expect(tells(levels({ muted_until: FOREVER }))).toEqual([false, false]);
  expect(tells(levels({ muted_until: "2001-01-01T00:00:00Z" }))).toEqual([true, true]);
});

test("a mute makes calm and still counts mentions; nothing hides them too", () => {
  const muted = levels({ muted_until: FOREVER });
  expect([muted.shows(CHANNEL, SERVER), muted.counts(CHANNEL, SERVER)]).toEqual([false, true]);
  const nothing = levels({ level: "nothing" });
  expect([nothing.shows(CHANNEL, SERVER), nothing.counts(CHANNEL, SERVER)]).toEqual([false, false]);
});

test("each message once, the newest first, as it was named last", () => {
  const item = (id: string, created_at: string, is_read: boolean) =>
    ({ message: { id, created_at }, is_read }) as InboxItem;
  const found = newestFirst([item("a", "1", false), item("b", "2", false), item("a", "1", true)]);
  expect(found.map(({ message, is_read }) => [message.id, is_read])).toEqual([
    ["b", false],
    ["a", true],
  ]);
});
