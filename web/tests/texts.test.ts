import { parse } from "@messageformat/parser";
import { expect, test } from "vitest";
import { valuesOf } from "../catalog-types.ts";
import { codes, flat, textsOf } from "../catalogs.ts";
import { choices, text } from "../src/text/texts";
import { sources } from "./sources";

const english = new Map(flat(textsOf("en")));
const others = codes().filter((code) => code !== "en");

test("texts are sentences, or make them from their values", () => {
  expect(text.friends.title).toBe("Friends");
  expect(text.home.members({ count: 1 })).toBe("1 member");
  expect(text.home.members({ count: 1234 })).toBe("1,234 members");
  expect(text.messages.announce({ author: "Ada", content: "\\u0041" })).toContain("u0041");
});

test.each(others)("%s has the texts of English, and only those", (code) => {
  expect(flat(textsOf(code)).map(([key]) => key)).toEqual([...english.keys()]);
});

test.each(others)("%s uses the values that English uses", (code) => {
  const wrong = flat(textsOf(code)).filter(([key, message]) => {
    const known = valuesOf(english.get(key) ?? "");
    return JSON.stringify(sorted(valuesOf(message))) !== JSON.stringify(sorted(known));
  });
  expect(wrong).toEqual([]);
});

test.each(codes())("%s has every form of a plural that whole numbers take", (code) => {
  const rules = new Intl.PluralRules(code);
  const forms = new Set(Array.from({ length: 1000 }, (_, number) => rules.select(number)));
  const plurals = flat(textsOf(code)).flatMap(([key, message]) =>
    pluralsOf(message).map((has) => [key, has] as const),
  );
  expect(plurals.length).toBeGreaterThan(10);
  expect(plurals.filter(([, has]) => [...forms].some((form) => !has.includes(form)))).toEqual([]);
});

test("what chooses among forms is left as it is", () => {
  const chosen = codes().flatMap((code) =>
    flat(textsOf(code)).flatMap(([, message]) =>
      parse(message).flatMap((token) => (token.type === "select" ? [token.arg] : [])),
    ),
  );
  expect(new Set(chosen)).toEqual(choices);
});

test("every text is used", () => {
  const used = sources(/\.(svelte|ts)$/).flatMap(({ content, name }) =>
    usedIn(content, aliases(content, name)),
  );
  const exact = new Set(used);
  const chosen = used
    .filter((key) => key.includes("*"))
    .map((key) => new RegExp(`^${key.replaceAll(".", "\\.").replaceAll("*", "\\w+")}$`));
  const isUsed = (key: string) => exact.has(key) || chosen.some((pattern) => pattern.test(key));
  expect([...english.keys()].filter((key) => !key.startsWith("language.") && !isUsed(key))).toEqual([]);
});

/** The plural categories of each plural in a message. */
function pluralsOf(message: string): string[][] {
  return parse(message).flatMap((token) =>
    token.type === "plural" ? [token.cases.map(({ key }) => key)] : [],
  );
}

const sorted = (values: Map<string, string>) => [...values].sort(([a], [b]) => a.localeCompare(b));

const CHAIN = String.raw`((?:\.\w+|\[[^\[\]]*\])*)`;

/** The names under which a file uses the texts, and the keys at which they begin. */
function aliases(content: string, file: string): Map<string, string> {
  const names = new Map([
    ["text", ""],
    ["later", "later"],
  ]);
  if (/from "\.{1,2}\/.*words"/.test(content)) names.set("words", roomOf(content, file));
  for (const [, name, of, path] of content.matchAll(/const (\w+) = (text|later)((?:\.\w+)+);/g))
    names.set(name!, keyOf(names.get(of!)!, path!));
  return names;
}

/** What `words` stands for in a package; other packages may use it, too. */
function roomOf(content: string, file: string): string {
  const from = /from "(\.{1,2}\/.*words)"/.exec(content)![1]!;
  const path = new URL(from, `file:///${file}`).pathname.slice(1);
  const module = sources(/words\.ts$/).find(({ name }) => name === `${path}.ts`);
  return /words = (later\.\w+);/.exec(module?.content ?? "")?.[1] ?? "";
}

/** The keys that a file reads, with a star for a part that it chooses at run time. */
function usedIn(content: string, names: Map<string, string>): string[] {
  return [...names].flatMap(([name, start]) => [
    ...[...content.matchAll(new RegExp(`(?<![\\w.])${name}${CHAIN}`, "g"))].map(([, path]) =>
      keyOf(start, path!),
    ),
    ...[...content.matchAll(new RegExp(`const \\{([^}]+)\\} = ${name}${CHAIN};`, "g"))].flatMap(
      ([, taken, path]) => taken!.split(",").map((one) => keyOf(keyOf(start, path!), `.${one.trim()}`)),
    ),
  ]);
}

function keyOf(start: string, path: string): string {
  return (start + path.replaceAll(/\[[^\]]*\]/g, ".*")).replace(/^\./, "");
}
