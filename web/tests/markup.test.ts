import { expect, test } from "vitest";
import { shownCode } from "../src/text/code";
import { inline, linksOf, parse, wordsOf, type Inline } from "../src/text/markup";

const words = (parts: Inline[]): string =>
  parts.map((part) => ("children" in part ? words(part.children) : part.text)).join("");

test("plain text stays as it is, line breaks included", () => {
  expect(parse("one\ntwo")).toEqual([{ kind: "paragraph", children: [{ kind: "text", text: "one\ntwo" }] }]);
  expect(parse("  \n ")).toEqual([]);
});

test("emphasis nests", () => {
  expect(inline("**bold _and leaning_**")).toEqual([
    {
      kind: "strong",
      children: [
        { kind: "text", text: "bold " },
        { kind: "emphasis", children: [{ kind: "text", text: "and leaning" }] },
      ],
    },
  ]);
});

test.each(["a * b * c", "snake_case_name", "2 ** 3 ** 4", "*", "**", "~~", "`", "``"])(
  "%s is no markup",
  (source) => {
    expect(inline(source)).toEqual([{ kind: "text", text: source }]);
  },
);

test("code keeps what is in it", () => {
  expect(inline("see `**not bold** https://x.example`")).toEqual([
    { kind: "text", text: "see " },
    { kind: "code", text: "**not bold** https://x.example" },
  ]);
  expect(parse("before\n```py\nx = 1\n\n**y**\n```\nafter").map((block) => block.kind)).toEqual([
    "paragraph",
    "code",
    "paragraph",
  ]);
});

const code = (text: string, language = "") => ({ kind: "code", language, text });
const prose = (text: string) => ({ kind: "paragraph", children: [{ kind: "text", text }] });

test.each([
  ["~~~\n**a**\n~~~", [code("**a**")]],
  ["```js\nopen", [code("open", "js")]],
  ["````\n```\na\n```\n````\nb", [code("```\na\n```"), prose("b")]],
  ["- a\n  ```\n  b\n    c\n  ```", [{ kind: "list" }, code("b\n  c")]],
  ["- ```\n  a\n  ```", [prose("- "), code("a")]],
  ["> ```\n> a\nb", [{ kind: "quote", blocks: [code("a")] }, prose("b")]],
  ["```\n```", [prose("```\n```")]],
  ["    a", [prose("    a")]],
])("the blocks of %j", (source, blocks) => {
  expect(parse(source)).toMatchObject(blocks);
});

test("code is found before emphasis and links", () => {
  const [text, span] = inline("**a `**` b");
  expect([text, span]).toEqual([
    { kind: "text", text: "**a " },
    { kind: "code", text: "**" },
  ]);
  expect(inline("[a `b](https://x.example/)`")[1]).toMatchObject({ kind: "code" });
  expect(inline("[a `b`](https://x.example/)")[0]).toMatchObject({ kind: "link", text: "a `b`" });
});

test("a span of code is shown in one line, without the spaces that part it from its backticks", () => {
  expect(["` a `", "a", " a", "  ", " a\nb "].map(shownCode)).toEqual(["` a `", "a", " a", "  ", "a b"]);
});

test.each([
  ["https://example.org/a_b_c?d=(e)", "https://example.org/a_b_c?d=(e)"],
  ["(see https://example.org/a)", "https://example.org/a"],
  ["Look: https://example.org/a.", "https://example.org/a"],
  ["**https://example.org/a**", "https://example.org/a"],
])("the link in %s", (source, url) => {
  const links = (parts: Inline[]): string[] =>
    parts.flatMap((part) =>
      part.kind === "link" ? [part.url] : "children" in part ? links(part.children) : [],
    );
  expect(links(inline(source))).toEqual([url]);
});

test.each(["javascript:alert(1)", "data:text/html,x", "[x](javascript:alert(1))", "http://", "https://."])(
  "%s is no link",
  (source) => {
    expect(inline(source).some((part) => part.kind === "link")).toBe(false);
  },
);

test("read aloud, only the words remain", () => {
  expect(wordsOf("> **so** _it_ is\n```js\nx\n```\n`y` https://a.example/")).toBe(
    "so it is\nx\ny https://a.example/",
  );
});

test("quotes end where the mark ends", () => {
  expect(parse("> said\n> so\nreally").map((block) => block.kind)).toEqual(["quote", "paragraph"]);
});

test("no text is lost or made up, however marks are mixed", () => {
  const marks = ["**", "*", "_", "~~", "`", "https://a.example/", "(", ")", "a", " ", "\n", "é", "👩‍👩‍👧"];
  let state = 7;
  for (let round = 0; round < 300; round++) {
    const source = Array.from({ length: 24 }, () => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return marks[state % marks.length];
    }).join("");
    const kept = words(inline(source)).replaceAll(/[*_~`]/g, "");
    expect(kept).toBe(source.replaceAll(/[*_~`]/g, ""));
  }
});

test("a long hostile text is read before the runner loses its patience", () => {
  const size = (source: string) => inline(source).length;
  expect(size("**a `b` ".repeat(500))).toBeGreaterThan(500);
  expect(size("*a".repeat(2000))).toBeGreaterThan(0);
  expect(size("_".repeat(4000))).toBeGreaterThan(0);
});

test("links are found wherever they are shown as links, each once", () => {
  const source =
    "**https://a.example/x** and https://b.example.\n> https://a.example/x\n`https://no.example`";
  expect(linksOf(`${source}\n\`\`\`\nhttps://no.example\n\`\`\``)).toEqual([
    "https://a.example/x",
    "https://b.example",
  ]);
  expect(linksOf("no links")).toEqual([]);
});
