import { expect, test } from "vitest";
import { piecesOf } from "../src/search/marks";

test("hits are told from what is around them", () => {
  expect(piecesOf("at the <mark>old</mark> <mark>lighthouse</mark>!")).toEqual([
    { text: "at the ", isHit: false },
    { text: "old", isHit: true },
    { text: " ", isHit: false },
    { text: "lighthouse", isHit: true },
    { text: "!", isHit: false },
  ]);
});

test("what people wrote is text, once", () => {
  expect(piecesOf("&lt;b&gt;<mark>&amp;lt;</mark> &quot;it&#x27;s&quot;")).toEqual([
    { text: "<b>", isHit: false },
    { text: "&lt;", isHit: true },
    { text: ` "it's"`, isHit: false },
  ]);
});

test("other markup stays text", () => {
  expect(piecesOf("<img src=x> <mark>a</mark>")[0]).toEqual({ text: "<img src=x> ", isHit: false });
});
