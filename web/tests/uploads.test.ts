import { beforeEach, expect, test } from "vitest";
import { Failure } from "../src/api/failure";
import type { Message } from "../src/api/types";
import { Uploads, type Carrier } from "../src/files/uploads.svelte";
import type { StoredFile, StoredUpload } from "../src/store/local/database";

const MESSAGE = { id: "m", channel_id: "c", nonce: "n", content: "look" } as Message;
const away = new Failure(0, "unreachable", "away");
const refused = new Failure(400, "file_type_not_allowed", "not this one");
const file = (name: string) => new File([name], name);

/** A server and a browser's storage, which all tabs share. */
class Place {
  attached: string[] = [];

  /** The keys of what was attached, and files that are cut off and only attached when they are sent again. */
  keys = new Set<string>();
  late = new Set<string>();
  storing: { name: string; key: string } | null = null;
  /** What happens to a file: it is refused, or it arrives and its response is lost. */
  troubles = new Map<string, Error>();
  loses = new Set<string>();
  uploads = new Map<string, StoredUpload>();
  files = new Map<string, StoredFile>();
  emptied: string[] = [];
  sent: string[] = [];
  hold: Promise<void> = Promise.resolve();
  isForgetful = false;
  private turn = Promise.resolve();

  tab(): Uploads {
    const carrier: Carrier = {
      send: async (_, { key, file: { name } }, progress, signal) => {
        this.sent.push(name);
        progress(0.5);
        await this.hold;
        if (signal.aborted) throw away;
        const trouble = this.troubles.get(name);
        if (trouble) throw trouble;
        if (this.late.delete(name)) {
          this.storing = { name, key };
          throw away;
        }
        if (this.storing) this.attach(this.storing.name, this.storing.key);
        this.attach(name, key);
        if (this.loses.delete(name)) throw away;
      },
      look: () => Promise.resolve({ ...MESSAGE, attachments: this.attached as never }),
      arrived: () => undefined,
      emptied: (nonce) => this.emptied.push(nonce),
      uploads: this.store(this.uploads, ({ nonce }) => nonce),
      files: this.store(this.files, ({ key }) => key),
      alone: (_, work) => (this.turn = this.turn.then(work)),
    };
    return new Uploads(carrier);
  }

  attach(name: string, key: string): void {
    if (!this.keys.has(key)) this.attached.push(name);
    this.keys.add(key);
  }

  private store<Value>(values: Map<string, Value>, keyOf: (value: Value) => string) {
    return {
      kept: () => Promise.resolve([...values.values()]),
      find: (key: string) => Promise.resolve(values.get(key)),
      keep: (value: Value) => {
        if (!this.isForgetful) values.set(keyOf(value), value);
        return Promise.resolve(!this.isForgetful);
      },
      isKept: (key: string) => Promise.resolve(values.has(key)),
      drop: (key: string) => Promise.resolve(void values.delete(key)),
    };
  }
}

let place: Place;
let tab: Uploads;
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
const states = (uploads = tab) => (uploads.of("n")?.files ?? []).map(({ name, state }) => `${name} ${state}`);
const keyOf = (name: string, uploads = tab) => uploads.of("n")!.files.find((each) => each.name === name)!.key;

async function begun(...names: string[]): Promise<void> {
  tab.add("n", names.map(file));
  tab.begin(MESSAGE);
  await settled();
}

beforeEach(() => {
  place = new Place();
  tab = place.tab();
});

test("files wait for their message, and are sent one after the other", async () => {
  tab.add("n", [file("a"), file("b")]);
  await settled();
  expect(states()).toEqual(["a waiting", "b waiting"]);
  expect(place.files.size).toBe(2);
  tab.begin(MESSAGE);
  tab.begin(MESSAGE); // by the event too
  await settled();
  expect(place.attached).toEqual(["a", "b"]);
  expect(tab.entries).toEqual([]);
  expect([place.uploads.size, place.files.size]).toEqual([0, 0]);
});

test.each([true, false])("a file that is refused stops no other (forgetful: %s)", async (isForgetful) => {
  place.isForgetful = isForgetful;
  place.troubles.set("b", refused);
  await begun("a", "b", "c");
  expect(place.attached).toEqual(["a", "c"]);
  expect(states()).toEqual(["b failed"]);
  expect(tab.of("n")!.files[0]).toMatchObject({ reason: "not this one", isPassing: false });

  tab.retry("n", keyOf("b"));
  await settled();
  expect(states()).toEqual(["b failed"]);
  tab.remove("n", keyOf("b"));
  await settled();
  expect(tab.entries).toEqual([]);
  expect(place.emptied).toEqual([]); // its message has the others
  expect([place.uploads.size, place.files.size]).toEqual([0, 0]);
});

test("without a connection the rest waits, and everything goes when it is back", async () => {
  place.troubles.set("a", away);
  await begun("a", "b");
  expect(states()).toEqual(["a failed", "b waiting"]);
  place.troubles.clear();
  tab.resume();
  await settled();
  expect(place.attached).toEqual(["a", "b"]);
});

test("a file whose response was lost is not sent twice", async () => {
  place.loses.add("a");
  await begun("a", "b");
  expect(states()).toEqual(["a failed", "b waiting"]);
  tab.retry("n", keyOf("a"));
  await settled();
  expect(place.attached).toEqual(["a", "b"]);
  expect(tab.entries).toEqual([]);
});

test("a file that the server is still storing when it is asked is attached once", async () => {
  place.late.add("a");
  await begun("a", "b");
  tab.retry("n", keyOf("a"));
  await settled();
  expect(place.sent).toEqual(["a", "a", "b"]);
  expect(place.attached).toEqual(["a", "b"]);
  expect(tab.entries).toEqual([]);
});

test("after a reload it goes on, and a refusal is still shown", async () => {
  place.troubles.set("a", refused).set("b", away);
  await begun("a", "b", "c");
  const next = place.tab();
  await next.recall();
  expect(states(next)).toEqual(["a failed", "b waiting", "c waiting"]);
  expect(next.of("n")!.files[0]!.reason).toBe("not this one");
  place.troubles.delete("b");
  next.resume();
  await settled();
  expect(place.attached).toEqual(["b", "c"]);
  expect(states(next)).toEqual(["a failed"]);
  place.troubles.clear();
  next.retry("n", keyOf("a", next));
  await settled();
  expect(place.attached).toEqual(["b", "c", "a"]);
});

test("a file that arrived before the page ended is not sent again", async () => {
  place.loses.add("a");
  await begun("a", "b");
  const next = place.tab();
  next.resume();
  await settled();
  expect(place.attached).toEqual(["a", "b"]);
  expect(next.entries).toEqual([]);
});

test("a file that was too large to be stored asks to be attached again", async () => {
  place.troubles.set("a", away);
  await begun("a");
  place.files.clear();
  const next = place.tab();
  await next.recall();
  expect(states(next)).toEqual(["a failed"]);
  next.retry("n", keyOf("a", next));
  await settled();
  expect(place.sent).toEqual(["a"]);
  next.remove("n", keyOf("a", next));
  expect(place.emptied).toEqual(["n"]);
});

test("a file can be left out while it is sent, and the next one follows", async () => {
  let release = () => {};
  place.hold = new Promise((resolve) => (release = resolve));
  await begun("a", "b");
  expect(states()).toEqual(["a sending", "b waiting"]);
  tab.remove("n", keyOf("a"));
  release();
  await settled();
  expect(place.attached).toEqual(["b"]);
  expect(tab.entries).toEqual([]);
});

test("what was left out although it arrived does not hide that the next one is missing", async () => {
  place.loses.add("a");
  await begun("a", "b");
  tab.remove("n", keyOf("a"));
  place.troubles.set("b", away);
  tab.resume();
  await settled();
  place.troubles.clear();
  tab.resume();
  await settled();
  expect(place.attached).toEqual(["a", "b"]);
});

test("two tabs send each file once", async () => {
  place.troubles.set("b", away);
  await begun("a", "b");
  const other = place.tab();
  await other.recall();
  place.troubles.clear();
  tab.resume();
  other.resume();
  await settled();
  expect(place.attached).toEqual(["a", "b"]);
  expect([tab.entries, other.entries]).toEqual([[], []]);
});

test("files of a message that was discarded are forgotten", async () => {
  tab.add("n", [file("a")]);
  await settled();
  tab.retain((nonce) => nonce !== "n");
  await settled();
  expect([tab.entries.length, place.uploads.size, place.files.size]).toEqual([0, 0, 0]);
});
