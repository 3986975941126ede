import { expect, test } from "vitest";
import { best, fit } from "../src/text/fuzzy";
import { isInFence } from "../src/writing/fence";
import { linked, nextItem, toggled, type Edit } from "../src/writing/formatting";
import { closedEmoji, triggerAt } from "../src/writing/trigger";
import type { Channel } from "../src/api/types";
import { channelAt, wordsOf, type Named, type Word } from "../src/markup/mentioning";
import { inline } from "../src/text/inline";

const made = (text: string, { from, to, insert }: Edit): string =>
  text.slice(0, from) + insert + text.slice(to);

test.each([
  ["@", "@", ""],
  ["hello @al", "@", "al"],
  ["(@al", "@", "al"],
  ["ask @two words", "@", "two words"],
  ["look at #gen", "#", "gen"],
  ["to #film nights & p", "#", "film nights & p"],
  ["nice :smi", ":", "smi"],
  ["schön :lä", ":", "lä"],
])("%s asks for names", (text, sign, query) => {
  expect(triggerAt(text, text.length)).toEqual({ sign, query, from: text.lastIndexOf(sign) });
});

test.each([
  "me@example",
  "@@al",
  "https://example.org/@al",
  "https://example.org/#part",
  "10:30",
  "a:b",
  ":s",
  "`@al",
  "```\n@al",
  "@al ",
  "# heading",
  "issue#12",
])("%s asks for nothing", (text) => {
  expect(triggerAt(text, text.length)).toBeNull();
});

test("only what stands before the caret counts", () => {
  expect(triggerAt("@al and more", 3)?.query).toBe("al");
  expect(triggerAt("`code` @al", 10)?.query).toBe("al");
});

test("a closed name of an emoji is found, in code it is not", () => {
  expect(closedEmoji("so :smile:", 10)).toEqual({ name: "smile", from: 3 });
  expect(closedEmoji("`:smile:", 8)).toBeNull();
  expect(closedEmoji("12:30:", 6)).toBeNull();
});

test.each([
  ["one two", 0, 3, "**", "**one** two"],
  ["one two", 0, 4, "**", "**one** two"],
  ["**one** two", 0, 7, "**", "one two"],
  ["**one** two", 2, 5, "**", "one two"],
  ["**one**", 2, 5, "*", "***one***"],
  ["*one*", 1, 4, "*", "one"],
  ["", 0, 0, "`", "``"],
])("of %s from %i to %i, %s makes %s", (text, from, to, mark, wanted) => {
  expect(made(text, toggled(text, from, to, mark))).toBe(wanted);
});

test("formatting twice gives what was there", () => {
  for (const mark of ["**", "*", "~~", "`"]) {
    const first = toggled("a word here", 2, 6, mark);
    const once = made("a word here", first);
    expect(made(once, toggled(once, ...first.selection, mark))).toBe("a word here");
  }
});

test.each([
  ["- one", "- one\n- "],
  ["  * one", "  * one\n  * "],
  ["9. nine", "9. nine\n10. "],
  ["> said", "> said\n> "],
  ["before\n- ", "before\n"],
])("a list goes on behind %j", (text, wanted) => {
  expect(made(text, nextItem(text, text.length)!)).toBe(wanted);
});

test("no list goes on where there is none", () => {
  expect(nextItem("-one", 4)).toBeNull();
  expect(nextItem("plain", 5)).toBeNull();
});

test("an address pasted over words makes a link of them", () => {
  expect(made("see this now", linked("see this now", 4, 8, " https://example.org/a \n")!)).toBe(
    "see [this](https://example.org/a) now",
  );
  expect(linked("see this", 4, 4, "https://example.org")).toBeNull();
  expect(linked("see this", 4, 8, "javascript:alert(1)")).toBeNull();
  expect(linked("https://a.example", 0, 17, "https://b.example")).toBeNull();
});

test("names that begin so come first, then words of names, then pieces, then scattered letters", () => {
  const names = ["a b x", "xab", "so ab", "abc", "ab"];
  expect(best(names, (name) => fit(name, "ab"), 10)).toEqual(["ab", "abc", "so ab", "xab", "a b x"]);
  expect(fit("Café Zürich", "cafe zur")).toBeGreaterThan(4);
  expect(fit("abc", "acb")).toBe(0);
  expect(best(names, () => 1, 2)).toEqual(["a b x", "xab"]);
});

const channels = ["general", "Film", "Film Nights & Popcorn!"].map((name) => ({ id: name, name }) as Channel);
const named: Named = {
  mentioned: new Map([
    ["ada", "1"],
    ["the (crew)", null],
  ]),
  channel: (behind) => channelAt(channels, behind),
  emoji: (name) => (name === "wave" ? ({ id: "3", name } as ReturnType<Named["emoji"]>) : undefined),
};

const namesIn = (text: string): Word[] =>
  inline(text).flatMap((part) => {
    if (part.kind === "text" || part.kind === "mention") return wordsOf(part, named);
    return part.kind === "link" ? [{ kind: "text", text: part.text }] : [];
  });

test("names in a text stand for people, roles, channels and emoji, if they are some", () => {
  const kinds = (text: string) =>
    namesIn(text)
      .filter(({ kind }) => kind !== "text")
      .map(({ kind, text }) => `${kind} ${text}`);
  expect(kinds("@Ada, see #general :wave: @the (crew)!")).toEqual([
    "mention @Ada",
    "channel #general",
    "emoji :wave:",
    "mention @the (crew)",
  ]);
  expect(kinds("to #film nights & popcorn! then #Film, #films and #general.")).toEqual([
    "channel #film nights & popcorn!",
    "channel #Film",
    "channel #general",
  ]);
  expect(kinds("me@ada @adam #other https://x/#general :nope: x#general @bob")).toEqual([]);
});

test("a name is highlighted up to its marks, and only where the server finds it", () => {
  const mentioned = new Map([["ada_", "1"]]);
  const [emphasis] = inline("_hello @ada_");
  const pieces = emphasis?.kind === "emphasis" ? emphasis.children : [];
  const words = pieces.flatMap((piece) =>
    piece.kind === "mention" ? wordsOf(piece, { ...named, mentioned }) : [],
  );
  expect(words).toEqual([{ kind: "mention", text: "@ada", user: "1" }]);
  expect(namesIn("\\@ada _@ada_ www.x/@ada a@ada @ada@b").filter(({ kind }) => kind === "mention")).toEqual(
    [],
  );
});

test("no letter of a text is lost between its names", () => {
  for (const text of ["@ada@ada #general#general", ":wave::wave: :", "@ # : plain", ""]) {
    expect(
      namesIn(text)
        .map((word) => word.text)
        .join(""),
    ).toBe(text);
  }
});

test.each([
  ["```", true],
  ["```js", true],
  ["words\n```js\nlet a", true],
  ["~~~\nlet a", true],
  ["```js\nlet a\n```", false],
  ["```js\nlet a\n```\nwords", false],
  ["````\n```", true],
  ["```js\na\n```\n```", true],
  ["`a` words", false],
  ["```a``` words", false],
])("%j ends in a block of code: %s", (text, isInside) => {
  expect(isInFence(text, text.length)).toBe(isInside);
});

test("only what is before the caret opens a block of code", () => {
  expect(isInFence("a\n```\nb", 1)).toBe(false);
  expect(isInFence("a\n```\nb\n```", 7)).toBe(true);
});
