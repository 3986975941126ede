import { markdownLanguage } from "@codemirror/lang-markdown";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { foundIn, type Found } from "./found";

interface Case extends Found {
  text: string;
}

const CASES = JSON.parse(readFileSync("../tests/messages/mentions.json", "utf8")) as Case[];

test.each(CASES.map((each) => [each.text.slice(0, 60), each] as const))(
  "%j mentions whom the server finds in it",
  (_, { text, names, code }) => {
    expect(foundIn(text)).toEqual({ names, code });
  },
);

/** What the document editor treats as code. */
function codeByEditor(source: string): string[] {
  const found: string[] = [];
  markdownLanguage.parser.parse(source).iterate({
    enter: ({ name, node, from, to }) => {
      const [open, close] = [node.firstChild, node.lastChild];
      if (name === "InlineCode") found.push(source.slice(open!.to, close!.from));
      else if (name === "FencedCode")
        found.push(
          node
            .getChildren("CodeText")
            .map((text) => source.slice(text.from, text.to))
            .join(""),
        );
      return to > from;
    },
  });
  return found;
}

test("messages and documents have the same code", () => {
  const signs = ["`", "``", "```", "````", "~~~", "@bob", "a", " ", "\n", "\n\n", "\\", "\n```\n"];
  let state = 5;
  for (let round = 0; round < 5_000; round++) {
    const source = Array.from({ length: 1 + (round % 16) }, () => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return signs[(state >> 8) % signs.length]!;
    })
      .join("")
      .replaceAll(/ {2,}/g, " ")
      // The editor differs here: it does not treat a backtick after an escaped one as the beginning of code.
      .replaceAll("\\`", "\\a");
    const plain = (code: string[]) => code.map((each) => each.replaceAll(/\s+/g, " ").trim()).filter(Boolean);
    expect(plain(foundIn(source).code), JSON.stringify(source)).toEqual(plain(codeByEditor(source)));
  }
});
