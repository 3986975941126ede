// The interface works from right to left and with large text: no rule names a physical side, and no width depends on
// the window.
import { expect, test } from "vitest";
import { sources } from "./sources";

const SIDED =
  /^\s*(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)(?:-\w+)?|left|right|border-(?:top|bottom)-(?:left|right)-radius|float|clear)\s*:/;
const ALIGNED = /^\s*(?:text-align|justify-\w+)\s*:\s*(?:left|right)\b/;
const FOUR =
  /^\s*(?:margin|padding|inset|border-width|border-style|border-color|scroll-margin|scroll-padding)\s*:\s*([^;]+);/;
const WINDOW = /@media[^{]*\bwidth\b/;
const REASON = /\/\* physical: .+ \*\//;

test.each(sources(/\.(svelte|css)$/).map(({ name, content }) => [name, content]))("%s", (name, content) => {
  const lines = styleOf(name, content).split("\n");
  expect(lines.filter((line) => isPhysical(line) && !REASON.test(line))).toEqual([]);
  expect(lines.filter((line) => WINDOW.test(line))).toEqual([]);
});

/**
 * Browsers put a backplate in the page's colour behind text there, on which the text of a filled button is invisible.
 */
test.each(filled())("%s keeps its words where the system chooses the colours", (_, rule) => {
  expect(rule).toContain("forced-color-adjust: none");
});

function filled(): [string, string][] {
  const rules = sources(/\.svelte$/).flatMap(({ name, content }) =>
    [...styleOf(name, content).matchAll(/([^{}]+)\{([^{}]*)\}/g)].map(
      ([, selector, rule]): [string, string] => [`${name} ${selector!.trim()}`, rule!],
    ),
  );
  return rules.filter(([name, rule]) => !name.includes(":hover") && /[^-]color: [^;]*--on-fill/.test(rule));
}

test("finds rules that name a side", () => {
  const named = [
    "margin-left: 1rem;",
    "left: 0;",
    "text-align: right;",
    "padding: 0 1rem 0 var(--gap, 2rem);",
    "border-left: 0;",
  ];
  expect(named.filter(isPhysical)).toEqual(named);
  expect(
    ["margin: 0 1rem 0 1rem;", "inset-inline: 0;", "padding: 0 calc(1rem + 2px) 1rem;"].filter(isPhysical),
  ).toEqual([]);
});

function styleOf(name: string, content: string): string {
  return name.endsWith(".css") ? content : (/<style[^>]*>([\s\S]*)<\/style>/.exec(content)?.[1] ?? "");
}

function isPhysical(line: string): boolean {
  const values = FOUR.exec(line)?.[1]?.match(/(?:[^\s(]|\([^()]*(?:\([^()]*\)[^()]*)*\))+/g) ?? [];
  return SIDED.test(line) || ALIGNED.test(line) || (values.length === 4 && values[1] !== values[3]);
}
