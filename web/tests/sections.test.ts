import { expect, test } from "vitest";
import type { Member, Role } from "../src/api/types";
import { sectionsOf } from "../src/members/sections";

const role = (id: string, hoist: boolean) => ({ id, name: id, hoist }) as Role;
const member = (user_id: string, role_ids: string) =>
  ({ user_id, role_ids: role_ids ? role_ids.split(" ") : [] }) as Member;
const ROLES = [role("captain", true), role("cook", false), role("crew", true)];
const shape = (members: Member[], here: string) =>
  sectionsOf(members, ROLES, ({ user_id }) => here.includes(user_id)).map(
    ({ id, members: own }) => `${id}: ${own.map(({ user_id }) => user_id).join("")}`,
  );

test("members online are under their highest role that is shown separately", () => {
  const members = [
    member("a", "crew captain"),
    member("b", "cook crew"),
    member("c", "cook"),
    member("d", ""),
  ];
  expect(shape(members, "abcd")).toEqual(["captain: a", "crew: b", "here: cd"]);
});

test("members offline are together, whatever their roles", () => {
  const members = [member("a", "captain"), member("b", "crew"), member("c", "")];
  expect(shape(members, "b")).toEqual(["crew: b", "away: ac"]);
  expect(shape(members, "")).toEqual(["away: abc"]);
});

test("a role that was removed, or is from another server, has no effect", () => {
  expect(shape([member("a", "gone")], "a")).toEqual(["here: a"]);
  expect(shape([], "")).toEqual([]);
});

test("five thousand members with many roles are sorted in one pass", () => {
  let looked = 0;
  const members = Array.from({ length: 5_000 }, (_, index) => member(`m${index}`, "cook crew gone captain"));
  const [captains, ...others] = sectionsOf(members, ROLES, () => ++looked > 0);
  expect(captains?.members).toEqual(members);
  expect(others).toEqual([]);
  expect(looked).toBe(5_000);
});
