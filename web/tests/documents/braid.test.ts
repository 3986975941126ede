import { expect, test } from "vitest";
import {
  digestOf,
  headerOf,
  idsOf,
  requestOf,
  textPatch,
  UpdateReader,
  type Update,
} from "../../src/documents/braid";

const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

const STREAM =
  'HTTP 200 OK\r\nVersion: "root-0"\r\nParents: \r\nContent-Length: 6\r\n\r\nh\u00e9llo\r\n\r\n\r\n' +
  'HTTP 200 OK\r\nVersion: "ann-1"\r\nParents: "root-0"\r\nPatches: 2\r\n\r\n' +
  "Content-Length: 4\r\nContent-Range: text [1:2]\r\n\r\n\u{1f600}\r\n" +
  "Content-Length: 0\r\nContent-Range: text [5:5]\r\n\r\n\r\n\r\n" +
  'Version: "b\\"1", "a-0"\r\nParents: "ann-1"\r\nContent-Length: 2\r\nContent-Range: text [0:0]\r\n\r\n{}\r\n\r\n' +
  'Version: "c-1"\r\nParents: "a-0"\r\nRepr-Digest: sha-256=:YWI+/w==:\r\nPatches: 0\r\n\r\n' +
  'Version: "d-1"\r\nParents: \r\nContent-Length: 0\r\n\r\n\r\n';

const UPDATES: Update[] = [
  { version: ["root-0"], parents: [], body: "h\u00e9llo", patches: [] },
  {
    version: ["ann-1"],
    parents: ["root-0"],
    body: null,
    patches: [
      { range: "text [1:2]", text: "\u{1f600}" },
      { range: "text [5:5]", text: "" },
    ],
  },
  { version: ['b"1', "a-0"], parents: ["ann-1"], body: null, patches: [{ range: "text [0:0]", text: "{}" }] },
  { version: ["c-1"], parents: ["a-0"], body: null, patches: [], digest: "YWI+/w==" },
  { version: ["d-1"], parents: [], body: "", patches: [] },
];

test.each([1, 2, 7, 10_000])("a stream reads the same in pieces of %i bytes", (size) => {
  const heard: Update[] = [];
  const reader = new UpdateReader((update) => heard.push(update));
  const all = bytes(STREAM);
  for (let at = 0; at < all.length; at += size) reader.push(all.subarray(at, at + size));
  expect(heard).toEqual(UPDATES);
});

test("a digest is that of the text's bytes", async () => {
  expect(await digestOf("h\u00e9llo")).toBe("PEhZHY0JikU49eAT389AbpSOrE0yd7EL9hTildYGgXk=");
});

test("a text that begins with a byte order mark keeps it", () => {
  const heard: Update[] = [];
  new UpdateReader((update) => heard.push(update)).push(
    bytes('Version: "a-0"\r\nContent-Length: 4\r\n\r\n\ufeffx'),
  );
  expect(heard[0]!.body).toBe("\ufeffx");
});

test("what is no update is refused", () => {
  const reader = new UpdateReader(() => undefined);
  expect(() => reader.push(bytes("<html>\r\n\r\n"))).toThrow();
});

test("one patch is the body, several are written one after another", () => {
  const decoded = (body: Uint8Array) => new TextDecoder().decode(body);
  const one = requestOf([{ from: 1, to: 2, text: "\u{1f600}x" }]);
  expect(one.headers).toEqual({ "Content-Range": "text [1:2]" });
  expect(decoded(one.body)).toBe("\u{1f600}x");
  const two = requestOf([
    { from: 1, to: 2, text: "\u{1f600}x" },
    { from: 5, to: 5, text: "" },
  ]);
  expect(two.headers).toEqual({ Patches: "2" });
  expect(decoded(two.body)).toBe(
    "Content-Length: 5\r\nContent-Range: text [1:2]\r\n\r\n\u{1f600}x\r\n\r\n" +
      "Content-Length: 0\r\nContent-Range: text [5:5]\r\n\r\n\r\n\r\n",
  );
});

test("ids and ranges are read and written as the wire has them", () => {
  expect(idsOf(headerOf(['a"b', "c-1"]))).toEqual(['a"b', "c-1"]);
  expect(idsOf(null)).toEqual([]);
  expect(textPatch({ range: "text [3:14]", text: "x" })).toEqual({ from: 3, to: 14, text: "x" });
  expect(() => textPatch({ range: 'json ["a"]', text: "x" })).toThrow();
});
