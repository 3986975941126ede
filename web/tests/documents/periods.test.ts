// The history of a document by person and period.
import { expect, test } from "vitest";
import type { HistoryEntry } from "../../src/api/documents";
import { periodsOf } from "../../src/documents/periods";

const at = (minutes: number, user_id: string, position: number): HistoryEntry =>
  ({
    ...{ user_id, position, inserted: 10, deleted: 1, version: [String(position)] },
    created_at: new Date(Date.UTC(2026, 0, 1, 12, minutes)).toISOString(),
  }) as HistoryEntry;

test("turns of two people within five minutes are one entry for each", () => {
  const entries = [
    at(9, "ann", 6),
    at(8, "bob", 5),
    at(7, "ann", 4),
    at(6, "bob", 3),
    at(1, "ann", 2),
    at(1, "ann", 1),
  ];
  expect(periodsOf(entries).map(({ user_id, position, inserted }) => [user_id, position, inserted])).toEqual([
    ["ann", 6, 20],
    ["bob", 5, 20],
    ["ann", 2, 20],
  ]);
  expect(entries[0]!.inserted).toBe(10);
});
