import { expect, test } from "vitest";
import { completed, days, filterAt, namedIn, valuesFor } from "../src/search/filters";

test.each([
  ["from:al", "from", "al"],
  ["word from:@al", "from", "al"],
  ["in:#gen", "in", "gen"],
  ["HAS:", "has", ""],
])("in %s a value is written", (query, filter, value) => {
  expect(filterAt(query, query.length)).toMatchObject({ filter, value });
});

test.each(["from", "xfrom:a", "from:al ", "http://in:x", "nothing:a"])("in %s none is", (query) => {
  expect(filterAt(query, query.length)).toBeNull();
});

test("a value is written whole, in quotes where it has spaces", () => {
  const query = "tea in:gar more";
  const written = filterAt(query, 10)!;
  expect(completed(query, 10, written, "kitchen garden")).toEqual(['tea in:"kitchen garden" more', 24]);
  expect(completed("from:al", 7, filterAt("from:al", 7)!, "alice")).toEqual(["from:alice ", 11]);
});

test("values that fit, and none once it is whole", () => {
  const known = [
    { value: "me" },
    { value: "alice" },
    { value: "alan" },
    { value: "bob", called: "Robert the Alert" },
  ];
  const found = (query: string) => valuesFor(filterAt(query, query.length)!, known).map(({ value }) => value);
  expect(found("from:al")).toEqual(["alan", "alice", "bob"]);
  expect(found("from:rob")).toEqual(["bob"]);
  expect(found("from:bob")).toEqual([]);
  expect(found("from:")).toEqual(["me", "alice", "alan", "bob"]);
});

test("days are as the server reads them", () => {
  expect(days(new Date(2026, 0, 2))).toEqual([
    "2026-01-02",
    "2026-01-01",
    "2025-12-26",
    "2025-12-03",
    "2025-01-02",
  ]);
});

test("the names in filters are found, with and without quotes", () => {
  expect(namedIn('tea in:#kitchen from:"Ann" mentions:me has:link from:@bob in:"film nights"')).toEqual([
    { filter: "in", name: "kitchen" },
    { filter: "from", name: "Ann" },
    { filter: "from", name: "bob" },
    { filter: "in", name: "film nights" },
  ]);
});
