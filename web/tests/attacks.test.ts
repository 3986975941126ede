import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { wordsOf as namesIn, type Named } from "../src/markup/mentioning";
import { linksOf, parse, wordsOf, type Block, type Inline } from "../src/text/markup";
import ATTACKS from "./attacks.json";

const inlines = (blocks: readonly Block[]): Inline[] =>
  blocks.flatMap((block) => {
    if (block.kind === "code") return [];
    if (block.kind === "quote") return inlines(block.blocks);
    if (block.kind === "list")
      return block.items.flatMap((item) => [...item.children, ...inlines(item.lists)]);
    return block.children;
  });

const flat = (parts: Inline[]): Inline[] =>
  parts.flatMap((part) => ("children" in part ? [part, ...flat(part.children)] : [part]));

const depth = (blocks: readonly Block[]): number =>
  Math.max(
    0,
    ...blocks.map((block) => {
      if (block.kind === "quote") return 1 + depth(block.blocks);
      return block.kind === "list" ? 1 + Math.max(0, ...block.items.map((item) => depth(item.lists))) : 0;
    }),
  );

const links = (source: string) =>
  flat(inlines(parse(source))).flatMap((part) => (part.kind === "link" ? [part] : []));

test.each(ATTACKS.map((source) => [source.slice(0, 60), source]))("%j does no harm", (_, source) => {
  for (const { url, text } of links(source)) {
    expect(["http:", "https:"]).toContain(new URL(url).protocol);
    expect(new URL(url).username).toBe("");
    expect(text).not.toMatch(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069]/);
    expect(text.trim()).not.toBe("");
  }
  expect(depth(parse(source))).toBeLessThan(8);
  expect(wordsOf(source).length).toBeLessThan(3 * source.length + 100);
  expect(linksOf(source).length).toBeLessThan(500);
});

test("what names another site than it leads to is no link", () => {
  for (const words of [
    "https://bank.example",
    "bank.example",
    "www.bank.example",
    "go to Bank.Example now",
    "b\u200bank.example",
    "bank\u3002example",
  ])
    expect(links(`[${words}](https://evil.example/x)`).filter(({ url }) => url.includes("evil"))).toEqual([]);
  expect(links("[bank.example](https://bank.example/login)")).toHaveLength(1);
  expect(links("[our page](https://bank.example/login)")[0]).toMatchObject({ text: "our page" });
});

test("a link ends where something invisible begins", () => {
  expect(links("https://a.example/\u202egnp.exe").map(({ url }) => url)).toEqual(["https://a.example/"]);
});

test("names of objects are no names of people, channels or emoji", () => {
  const named: Named = { mentioned: new Map(), channel: () => undefined, emoji: () => undefined };
  const text = "@constructor #__proto__ :toString:";
  expect(namesIn({ kind: "mention", text, behind: text.slice(1) }, named)).toEqual([{ kind: "text", text }]);
});

test("hidden text is not told in words or shown as a preview", () => {
  expect(wordsOf("so ||secret|| it is")).not.toContain("secret");
  expect(linksOf("||https://a.example/secret||")).toEqual([]);
  expect(linksOf("<https://a.example/quiet>")).toEqual([]);
});

test("no source gives a string to the browser as HTML", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(svelte|ts)$/.test(name),
  );
  const ways =
    /\{@html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function\(|setHTML/;
  expect(files.length).toBeGreaterThan(200);
  expect(files.filter((name) => ways.test(readFileSync(`src/${name}`, "utf8")))).toEqual([]);
});
