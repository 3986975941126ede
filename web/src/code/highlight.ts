// Splits code into tokens. The grammars are those of highlight.js, each loaded when its language first appears; the
// result is texts with a kind, never HTML.
//
// lowlight is highlight.js (10 kB compressed, 1 to 7 kB per grammar) with a tree instead of HTML, and needs neither
// `eval` nor inline styles. Shiki's grammars are 20 to 200 kB and need WebAssembly or slow expressions; Lezer has a
// dozen languages.
import type { LanguageFn } from "highlight.js";
import { createLowlight } from "lowlight";
import { LANGUAGES, NAMES } from "./languages";

export type Kind = "keyword" | "string" | "number" | "name" | "comment" | "added" | "removed";

export interface Token {
  text: string;
  kind: Kind | null;
}

type Node = ReturnType<ReturnType<typeof createLowlight>["highlight"]>["children"][number];

const LONGEST = 20_000;
const lowlight = createLowlight();

/** Null if the language is unknown. */
export async function highlight(code: string, language: string): Promise<Token[] | null> {
  const wanted = language.toLowerCase();
  const name = NAMES[wanted] ?? wanted;
  const load = Object.hasOwn(LANGUAGES, name) ? LANGUAGES[name] : undefined;
  if (!load || code.length > LONGEST) return null;
  if (!lowlight.registered(name)) lowlight.register(name, (await load()).default as LanguageFn);
  return tokensOf(lowlight.highlight(name, code).children, null);
}

function tokensOf(nodes: Node[], around: Kind | null): Token[] {
  return nodes.flatMap((node): Token[] => {
    if (node.type === "text") return [{ text: node.value, kind: around }];
    if (node.type !== "element") return [];
    const classes = node.properties.className;
    return tokensOf(node.children as Node[], kindOf(Array.isArray(classes) ? classes : []) ?? around);
  });
}

const KINDS: Record<string, Kind> = {
  keyword: "keyword",
  "selector-tag": "keyword",
  literal: "number",
  number: "number",
  symbol: "number",
  bullet: "number",
  string: "string",
  regexp: "string",
  char: "string",
  link: "string",
  comment: "comment",
  quote: "comment",
  doctag: "comment",
  meta: "comment",
  title: "name",
  section: "name",
  name: "name",
  attr: "name",
  attribute: "name",
  type: "name",
  built_in: "name",
  "selector-class": "name",
  "selector-id": "name",
  property: "name",
  addition: "added",
  deletion: "removed",
};

function kindOf(classes: (string | number)[]): Kind | null {
  for (const each of classes) {
    const kind =
      KINDS[
        String(each)
          .replace(/^hljs-/, "")
          .replace(/_$/, "")
      ];
    if (kind) return kind;
  }
  return null;
}
