import { expect, test } from "vitest";
import { blocksOf } from "../../src/documents/documentblocks";

const plain = (text: string) => [{ kind: "text", text }];

test("headings, lists, rules, quotes and paragraphs are told apart, whatever the line ends", () => {
  const content =
    "# One\n#### Four\nfirst\nsecond\n\n\n> said\n> so\nthird\n\n---\n- a\n  - b\n3. c\n- [ ] d\n- [x] e";
  const expected = [
    { kind: "heading", level: 1, children: plain("One") },
    { kind: "heading", level: 4, children: plain("Four") },
    { kind: "paragraph", children: plain("first\nsecond") },
    { kind: "quote", children: plain("said\nso") },
    { kind: "paragraph", children: plain("third") },
    { kind: "line" },
    {
      kind: "list",
      items: [
        { depth: 0, line: 11, isDone: null, number: null, children: plain("a") },
        { depth: 1, line: 12, isDone: null, number: null, children: plain("b") },
        { depth: 0, line: 13, isDone: null, number: 3, children: plain("c") },
        { depth: 0, line: 14, isDone: false, number: null, children: plain("d") },
        { depth: 0, line: 15, isDone: true, number: null, children: plain("e") },
      ],
    },
  ];
  expect(blocksOf(content)).toEqual(expected);
  expect(blocksOf(content.replaceAll("\n", "\r\n"))).toEqual(expected);
});

test("code is taken as it stands, to its end or the text's", () => {
  expect(blocksOf("```python\n# no heading\n\n- no list\n```\nafter")).toEqual([
    { kind: "code", language: "python", text: "# no heading\n\n- no list" },
    { kind: "paragraph", children: plain("after") },
  ]);
  expect(blocksOf("~~~\nopen")).toEqual([{ kind: "code", language: "", text: "open" }]);
});

test("a link may have words, and leads nowhere but the web", () => {
  expect(blocksOf("see [the page](https://example.org/a)")[0]).toMatchObject({
    children: [{ text: "see " }, { kind: "link", text: "the page", url: "https://example.org/a" }],
  });
  expect(blocksOf("[x](javascript:alert(1))")[0]).toEqual({
    kind: "paragraph",
    children: plain("[x](javascript:alert(1))"),
  });
  expect(blocksOf("<img src=x onerror=alert(1)>")[0]).toMatchObject({ children: [{ kind: "text" }] });
});

test("a table has the cells of its head, whatever its rows have", () => {
  expect(blocksOf("| a | b |\n|:-:|--:|\n| 1 \\| 2 |\n|x|y|z|\n\nafter")).toEqual([
    {
      kind: "table",
      alignments: ["center", "end"],
      head: [plain("a"), plain("b")],
      rows: [
        [plain("1 | 2"), []],
        [plain("x"), plain("y")],
      ],
    },
    { kind: "paragraph", children: plain("after") },
  ]);
  expect(blocksOf("a | b\nno table")).toMatchObject([{ kind: "paragraph" }]);
  expect(blocksOf("a | b | c\n--|--")).toMatchObject([{ kind: "paragraph" }]);
});

test("a long list is several, so that a part of it can be drawn", () => {
  const blocks = blocksOf("- item\n".repeat(250));
  expect(blocks.map((block) => block.kind === "list" && block.items.length)).toEqual([100, 100, 50]);
});

test("nothing is nothing", () => {
  expect(blocksOf("\n \n")).toEqual([]);
});
