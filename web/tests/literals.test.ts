// No component contains a string that users see: it could not be translated.
import { parse, type AST } from "svelte/compiler";
import { expect, test } from "vitest";
import { sources } from "./sources";

const SEEN =
  /^(aria-(label|description|roledescription|valuetext|placeholder)|title|data-tip|placeholder|alt|label|hint|sentence|legend)$/;
const LETTER = /\p{L}/u;

type Node = { type: string } & Record<string, unknown>;

test.each(sources(/\.svelte$/).map(({ name, content }) => [name, content]))("%s", (_, content) => {
  expect(literals(parse(content, { modern: true }))).toEqual([]);
});

test("finds literal text where people see it", () => {
  const found = (markup: string) => literals(parse(markup, { modern: true }));
  expect(found("<p>Hello</p>")).toEqual(["Hello"]);
  expect(found('<img alt="A cat" />')).toEqual(["A cat"]);
  expect(found('<Button label={isOpen ? "Close" : x} />')).toEqual(["Close"]);
  expect(found("{#if x}{`by ${name}`}{/if}")).toEqual(["by "]);
  expect(found('<p class="soft" id="a">#{name} · {f("key")}</p>')).toEqual([]);
});

function literals(root: AST.Root): string[] {
  const found: string[] = [];
  visit(root.fragment as unknown as Node, found);
  return found;
}

function visit(node: unknown, found: string[]): void {
  if (Array.isArray(node)) return node.forEach((one) => visit(one, found));
  if (typeof node !== "object" || node === null || !("type" in node)) return;
  const { type, ...rest } = node as Node;
  if (type === "StyleDirective") return;
  if (type === "Text") return note(rest.data, found);
  if (type === "ExpressionTag") return spoken(rest.expression as Node, found);
  if (type === "Attribute") {
    if (SEEN.test(String(rest.name))) visit(rest.value, found);
    return;
  }
  Object.values(rest).forEach((one) => visit(one, found));
}

/** The possible values of an expression, as far as its code shows them. */
function spoken(node: Node, found: string[]): void {
  const { type } = node;
  if (type === "Literal" && typeof node.value === "string") note(node.value, found);
  if (type === "TemplateLiteral")
    for (const part of node.quasis as Node[]) note((part.value as { cooked: string }).cooked, found);
  if (type === "ConditionalExpression")
    for (const part of [node.consequent, node.alternate]) spoken(part as Node, found);
  if (type === "LogicalExpression" || type === "BinaryExpression")
    for (const part of type === "BinaryExpression" && node.operator !== "+" ? [] : [node.left, node.right])
      spoken(part as Node, found);
}

function note(value: unknown, found: string[]): void {
  if (typeof value === "string" && LETTER.test(value)) found.push(value);
}
