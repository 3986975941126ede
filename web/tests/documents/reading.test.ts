import { expect, test } from "vitest";
import { tooMuch } from "../../src/documents/reading";
import type { Stored } from "../../src/documents/records";

const SINCE = { version: [], known: [], written: [], pending: [], sealed: [], agent: "", seq: -1 };

const record = (document: string, readAt: number, more: Partial<Stored> = {}): Stored => ({
  key: `ann/${document}/${readAt}`,
  user: "ann",
  document,
  tab: "",
  savedAt: 0,
  about: { title: document, epoch: "e" },
  origin: "",
  since: SINCE,
  readAt,
  length: 10,
  isRead: true,
  ...more,
});

const gone = (all: Stored[]): string[] => tooMuch(all).map(({ document, readAt }) => `${document} ${readAt}`);

test("of each document the copy that was read last is kept, whatever of it was written", () => {
  const unsent = record("rules", 1, { isRead: false });
  expect(gone([record("rules", 3), record("rules", 2), record("plan", 1), unsent])).toEqual(["rules 2"]);
  expect(gone([record("rules", 3), record("rules", 2, { user: "bob" })])).toEqual([]);
});

test("of many documents those that were read last are kept, and never one that is not sent", () => {
  const many = Array.from({ length: 53 }, (_, index) => record(`d${index}`, index));
  expect(gone(many)).toEqual(["d2 2", "d1 1", "d0 0"]);
  const long = [record("a", 3, { length: 5e6 }), record("b", 2, { length: 5e6 }), record("c", 1)];
  expect(gone([...long, record("d", 0, { length: 9e9, isRead: false })])).toEqual(["b 2", "c 1"]);
});
