import { ChangeSet } from "@codemirror/state";
import { expect, test } from "vitest";
import type { Update } from "../../src/documents/braid";
import { Failure } from "../../src/api/failure";
import { Delivery } from "../../src/documents/delivery";
import { contentOf, textOf } from "../../src/documents/points";
import { Replica, type Edit, type Kept } from "../../src/documents/replica";
import { ModelServer, type Follower } from "./model";

const shown = (replica: Replica): string => contentOf(replica.text);

function type(replica: Replica, at: number, text: string, deleted = 0): void {
  const length = replica.text.length;
  replica.write(ChangeSet.of({ from: at, to: at + deleted, insert: textOf(text) }, length));
}

/** As read from the storage. */
const keptOf = (replica: Replica): Kept =>
  JSON.parse(JSON.stringify({ ...replica.keep(), origin: contentOf(replica.origin.text) })) as Kept;

const update = (parents: string[], version: string[], range: string, text: string): Update => ({
  version,
  parents,
  body: null,
  patches: [{ range, text }],
});

test("an edit is numbered by the code points that it deletes and inserts", () => {
  const replica = Replica.begin("ann", ["root-0"], "");
  type(replica, 0, "hello");
  expect(replica.seal()).toEqual({
    version: "ann-4",
    parents: ["root-0"],
    patches: [{ from: 0, to: 0, text: "hello" }],
  });
  type(replica, 0, "", 1);
  type(replica, 4, "😀");
  expect(replica.seal()).toMatchObject({ version: "ann-6", parents: ["ann-4"] });
  expect(replica.seal()).toBeNull();
  expect(shown(replica)).toBe("ello😀");
});

test("an update is taken only from exactly where the copy stands, and what is not sealed gives way", () => {
  const replica = Replica.begin("ann", ["b-1", "a-1"], "one two");
  type(replica, 3, " and");
  expect(replica.receive(update(["a-1"], ["c-0"], "text [0:0]", "no"))).toBeNull();
  const change = replica.receive(update(["a-1", "b-1"], ["c-0"], "text [0:3]", "1"));
  expect(contentOf(change!.apply(textOf("one and two")))).toBe("1 and two");
  expect(shown(replica)).toBe("1 and two");
  expect(replica.seal()).toMatchObject({ parents: ["c-0"], patches: [{ from: 1, to: 1, text: " and" }] });
});

test("what was sealed stays as it is until it is acknowledged, also over a restart", () => {
  const replica = Replica.begin("ann", ["root-0"], "");
  type(replica, 0, "sealed");
  const edit = replica.seal()!;
  type(replica, 6, " and not");
  const kept = keptOf(replica);
  const [first, second] = [Replica.resume(kept, "tab-1"), Replica.resume(kept, "tab-2")];
  expect(shown(first)).toBe("sealed and not");
  expect(first.sealed).toEqual([edit, { ...second.sealed[1]! }]);
  expect(first.sealed[1]).toMatchObject({ version: "ann-13", parents: ["ann-5"] });
  type(first, 0, "!");
  expect(first.seal()).toMatchObject({ version: "tab-1-0", parents: ["ann-13"] });
  first.acknowledge("tab-1-0");
  expect(first.isDirty).toBe(false);
});

test("what is read again is what the server knew, under the name that it had there", () => {
  const replica = Replica.begin("ann", ["b-1", "a-1"], "one");
  expect(keptOf(replica)).toMatchObject({ base: ["a-1", "b-1"] });
  replica.receive(update(["a-1", "b-1"], ["c-2"], "text [3:3]", " two"));
  type(replica, 7, ", sealed");
  const edit = replica.seal()!;
  type(replica, 15, ", not sealed");
  for (const kept of [keptOf(replica), keptOf(Replica.resume(keptOf(replica), "tab-1"))]) {
    const read = Replica.reread(kept, "tab-2");
    expect([shown(read), read.version, read.isDirty]).toEqual(["one two", ["c-2"], false]);
  }
  replica.acknowledge(edit.version);
  expect(Replica.reread(keptOf(replica), "tab-2").version).toEqual([edit.version]);
  const [before, after] = [Replica.reread(keptOf(replica), "tab-3"), "one two, sealed"];
  type(before, 0, "0 ");
  expect(before.seal()).toEqual({
    version: "tab-3-1",
    parents: [edit.version],
    patches: [{ from: 0, to: 0, text: "0 " }],
  });
  expect(shown(before)).toBe(`0 ${after}`);
});

test("starting over keeps what was not acknowledged and only that", () => {
  const replica = Replica.begin("ann", ["x-9"], "a known text");
  type(replica, 12, ", sealed");
  replica.seal();
  type(replica, 20, ", not sealed");
  replica.receive({ version: ["y-3"], parents: [], body: "an older text", patches: [] });
  expect(shown(replica)).toBe("an older text, sealed, not sealed");
  expect(contentOf(replica.shadow)).toBe("an older text");
  expect(replica.sealed).toEqual([]);
});

/** Reproducible pseudo-random numbers. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const SCRAPS = ["a", "word ", "😀", "👩‍👩‍👧", "é", "\r\n", "\n", "שלום", "x\r\ny", ""];

/** A user of a copy: the network to the server delays messages and loses connections, and the page reloads. */
class Person {
  replica: Replica | null = null;
  private follower: Follower | null = null;
  private readonly coming: Update[] = [];
  private requested: { edit: Edit; follower: Follower | null } | null = null;
  private answered: string | null = null;
  private reloads = 0;

  /** A state that was stored earlier, with or without unsent edits. */
  private older: Kept | null = null;

  constructor(
    private readonly name: string,
    private readonly server: ModelServer,
    private readonly roll: (below: number) => number,
  ) {}

  act(): void {
    const deeds = [
      this.write,
      this.write,
      this.send,
      this.arrive,
      this.answer,
      this.hear,
      this.hear,
      this.cut,
      this.reload,
    ];
    deeds[this.roll(this.roll(4) ? deeds.length - 2 : deeds.length)]!.call(this);
  }

  /** Without disconnects, until nothing is in flight. */
  settle(): void {
    for (let round = 0; round < 40; round += 1)
      for (const deed of [this.send, this.arrive, this.answer, this.hear]) deed.call(this);
  }

  /** A unique word, into which nobody writes. */
  say(word: string): boolean {
    if (!this.replica) return false;
    type(this.replica, this.roll(2) ? this.replica.text.length : 0, ` ${word}\n`);
    return true;
  }

  /** Whether it was written here, and the server never acknowledged it. */
  isAloneWith(word: string): boolean {
    const { replica } = this;
    return replica !== null && shown(replica).includes(word) && !contentOf(replica.base).includes(word);
  }

  /** The server's epoch changed: its whole text is taken, once its content is known. */
  async startEpoch(): Promise<void> {
    this.cut();
    if (!this.replica) return;
    if (this.roll(2))
      this.replica = Replica.resume(keptOf(this.replica), `${this.name}.${(this.reloads += 1)}`);
    const put = (edit: Edit): Promise<string[]> => {
      const heads = this.server.put(structuredClone(edit), null);
      return heads ? Promise.resolve(heads) : Promise.reject(new Failure(425, "unknown_parents", ""));
    };
    const nothing = () => undefined;
    const events = { keep: () => Promise.resolve(), taken: nothing, stuck: nothing, refused: nothing };
    const delivery = new Delivery(put, { ...events, idle: nothing, next: () => null });
    await delivery.settle(this.replica, new AbortController().signal);
    this.follower = this.server.follow(null, (update) => this.coming.push(structuredClone(update)));
    this.hear();
  }

  write(): void {
    if (!this.replica) return;
    const from = this.whole(this.roll(this.replica.text.length + 1));
    const to = this.roll(3) ? from : this.whole(Math.min(this.replica.text.length, from + this.roll(7)));
    const content = SCRAPS[this.roll(SCRAPS.length)]!;
    const change = ChangeSet.of({ from, to, insert: textOf(content) }, this.replica.text.length);
    this.replica.write(change);
  }

  /** Moves a position inside a character to the character's start. */
  private whole(at: number): number {
    return /[\udc00-\udfff]/.test(shown(this.replica!)[at] ?? "") ? at - 1 : at;
  }

  send(): void {
    this.join();
    if (!this.replica || this.requested || this.answered) return;
    const edit = this.replica.sealed[0] ?? this.replica.seal();
    if (edit) this.requested = { edit: structuredClone(edit), follower: this.follower };
  }

  arrive(): void {
    if (!this.requested) return;
    const { edit, follower } = this.requested;
    this.requested = null;
    if (this.server.put(edit, follower) !== null) this.answered = edit.version;
  }

  answer(): void {
    if (this.answered) this.replica?.acknowledge(this.answered);
    this.answered = null;
  }

  hear(): void {
    this.join();
    const update = this.coming.shift();
    if (!update) return;
    if (!this.replica)
      this.replica = Replica.begin(`${this.name}.${this.reloads}`, update.version, update.body!);
    else {
      const before = this.replica.text;
      const change = this.replica.receive(update);
      expect(contentOf(change ? change.apply(before) : before)).toBe(shown(this.replica));
    }
  }

  /** The connections are lost, with everything in flight, whether or not the server has received it. */
  cut(): void {
    if (this.roll(2)) this.arrive();
    this.requested = this.answered = null;
    if (this.follower) this.server.followers.delete(this.follower);
    this.follower = null;
    this.coming.length = 0;
  }

  reload(): void {
    this.cut();
    if (!this.replica) return;
    const kept = keptOf(this.replica);
    const peer = `${this.name}.${(this.reloads += 1)}`;
    if (this.replica.isDirty) this.replica = Replica.resume(kept, peer);
    else
      this.replica = this.roll(4) ? Replica.reread(this.roll(2) ? kept : (this.older ?? kept), peer) : null;
    if (!this.older || this.roll(2)) this.older = kept;
  }

  private join(): void {
    const tell = (update: Update) => this.coming.push(structuredClone(update));
    this.follower ??= this.server.follow(this.replica?.version ?? null, tell);
  }
}

test.each(Array.from({ length: 20 }, (_, seed) => seed))(
  "copies agree after any order of things (seed %i)",
  (seed) => {
    const roll = dice(seed);
    const server = new ModelServer();
    const people = ["ann", "bob", "cem", "dia"].map((name) => new Person(name, server, roll));
    for (let step = 0; step < 600; step += 1) people[roll(people.length)]!.act();
    for (let round = 0; round < 4; round += 1) for (const person of people) person.settle();
    for (const { replica } of people) {
      expect(replica!.isDirty).toBe(false);
      expect(shown(replica!)).toBe(server.text);
    }
    expect(server.text.length).toBeGreaterThan(20);
  },
);

test.each(Array.from({ length: 20 }, (_, seed) => seed))(
  "a restored backup doubles nothing, and loses only what was acknowledged after it (seed %i)",
  async (seed) => {
    const roll = dice(seed);
    const server = new ModelServer();
    const people = ["ann", "bob", "cem"].map((name) => new Person(name, server, roll));
    const said: string[] = [];
    const lost = new Set<string>();
    for (let life = 0; life < 3; life += 1) {
      let restore = server.backup();
      for (let step = 0; step < 150; step += 1) {
        const person = people[roll(people.length)]!;
        const word = `word${life * 1000 + step + 1000}`;
        if (roll(4) === 0 && person.say(word)) said.push(word);
        else [person.send, person.arrive, person.answer, person.hear][roll(4)]!.call(person);
        if (roll(60) === 0) person.cut();
        if (roll(40) === 0) restore = server.backup();
      }
      const sent = said.filter((word) => !people.some((person) => person.isAloneWith(word)));
      restore();
      for (const word of sent) if (!server.text.includes(word)) lost.add(word);
      for (const person of people) await person.startEpoch();
    }
    for (let round = 0; round < 4; round += 1) for (const person of people) person.settle();
    for (const { replica } of people) expect(shown(replica!)).toBe(server.text);
    const counts = said.map((word) => [word, server.text.split(word).length - 1]);
    expect(counts.filter(([, count]) => Number(count) > 1)).toEqual([]);
    expect(counts.filter(([word, count]) => count === 0 && !lost.has(word as string))).toEqual([]);
    expect(said.length - lost.size).toBeGreaterThan(20);
  },
);
