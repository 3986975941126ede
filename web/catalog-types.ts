// The type of a text: a string, or a function from the values that its message names.
import { parse, type Token } from "@messageformat/parser";
import type { Texts } from "./catalogs.ts";

export function interfaceOf(texts: Texts): string {
  const members = Object.entries(texts).map(([key, value]) =>
    typeof value === "string"
      ? memberOf(key, value)
      : `readonly ${JSON.stringify(key)}: ${interfaceOf(value)};`,
  );
  return `{ ${members.join("\n")} }`;
}

/** The values that a message names, with their types. */
export function valuesOf(message: string): Map<string, string> {
  const values = new Map<string, string>();
  collect(parse(message), values);
  return values;
}

function memberOf(key: string, message: string): string {
  const values = [...valuesOf(message)].map(([name, type]) => `${name}: ${type}`);
  const name = JSON.stringify(key);
  return values.length ? `${name}(values: { ${values.join("; ")} }): string;` : `readonly ${name}: string;`;
}

function collect(tokens: Token[], values: Map<string, string>): void {
  for (const token of tokens) {
    if (token.type === "content" || token.type === "octothorpe") continue;
    if (token.type !== "argument" || !values.has(token.arg)) values.set(token.arg, typeOf(token));
    if ("cases" in token) for (const one of token.cases) collect(one.tokens, values);
  }
}

function typeOf(token: Token): string {
  if (token.type === "argument" || token.type === "select") return "string";
  return "number";
}
