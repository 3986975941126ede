import { expect, test } from "vitest";
import { endOf, isOpen } from "../src/invites/inviting";

const AN_HOUR = 60 * 60 * 1000;
const at = (ms: number) => new Date(Date.now() + ms).toISOString();

test.each([
  ["never expires", true, { expires_at: null, max_uses: null, uses: 40 }],
  ["expired", false, { expires_at: at(-AN_HOUR), max_uses: 5, uses: 4 }],
  ["no uses left", false, { expires_at: at(AN_HOUR), max_uses: 5, uses: 5 }],
  ["no uses left", false, { expires_at: at(-AN_HOUR), max_uses: 1, uses: 1 }],
])("an invite says %s", (end, isUsable, invite) => {
  expect(endOf(invite)).toBe(end);
  expect(isOpen(invite)).toBe(isUsable);
});

test("an invite that ends says when", () => {
  const invite = { expires_at: at(AN_HOUR), max_uses: 5, uses: 4 };
  expect(endOf(invite)).toMatch(/^expires .*\d/);
  expect(isOpen(invite)).toBe(true);
});
