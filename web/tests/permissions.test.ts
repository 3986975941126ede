import { expect, test } from "vitest";
import type { Api } from "../src/api/api";
import type { Channel, Member, Override, Role, Server } from "../src/api/types";
import { lostByOverride, lostByRole, lostWithoutRole, type Needs } from "../src/community/safety";
import { Perspective } from "../src/community/perspective.svelte";
import { Permission, Permissions } from "../src/community/permissions.svelte";

const VIEW_AND_SEND = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES;
const server = { id: "s", owner_id: "owner", default_permissions: VIEW_AND_SEND } as Server;
const keeper = { id: "r", server_id: "s", position: 1, permissions: Permission.MANAGE_CHANNELS } as Role;
const channel = { id: "c", server_id: "s" } as Channel;
const me = { user_id: "me", role_ids: ["r"], timeout_expires_at: null } as unknown as Member;
const other = { user_id: "other", role_ids: [], timeout_expires_at: null } as unknown as Member;

function application(): Needs {
  const permissions = new Permissions({} as Api);
  permissions.putRole(keeper);
  const members = new Map([me, other].map((each) => [each.user_id, each]));
  const community = {
    server: () => server,
    member: (_: string, user: string) => members.get(user),
    channelsOf: () => [channel, { ...channel, id: "open" }],
  };
  return { permissions, community, session: { user: { id: "me" } } } as unknown as Needs;
}

const denial = (whose: Partial<Override>, deny: number): Override =>
  ({ id: "o", channel_id: "c", role_id: null, user_id: null, allow: 0, deny, ...whose }) as Override;

test("what one would lose by a role is told before", () => {
  const app = application();
  expect(lostByRole(app, server, keeper, 0)).toEqual(["MANAGE_CHANNELS"]);
  expect(lostByRole(app, server, keeper, Permission.MANAGE_CHANNELS)).toEqual([]);
  expect(lostByRole(app, server, null, Permission.VIEW_CHANNEL)).toEqual(["SEND_MESSAGES"]);
  expect(lostWithoutRole(app, server, keeper)).toEqual(["MANAGE_CHANNELS"]);
});

test("what one would lose by an exception is told before", () => {
  const app = application();
  const everybody = { role_id: "s", user_id: null, allow: 0 };
  expect(lostByOverride(app, server, channel, { ...everybody, deny: Permission.SEND_MESSAGES })).toEqual([
    "SEND_MESSAGES",
  ]);
  expect(lostByOverride(app, server, channel, { ...everybody, deny: Permission.VIEW_CHANNEL })).toEqual([
    "VIEW_CHANNEL",
    "SEND_MESSAGES",
    "MANAGE_CHANNELS",
  ]);
  const theirs = { role_id: null, user_id: "other", allow: 0, deny: Permission.VIEW_CHANNEL };
  expect(lostByOverride(app, server, channel, theirs)).toEqual([]);
});

test("with other eyes only what they may view is shown", () => {
  const app = application();
  app.permissions.putOverride(denial({ role_id: "s" }, Permission.VIEW_CHANNEL));
  app.permissions.putOverride(denial({ id: "p", role_id: "r", allow: Permission.VIEW_CHANNEL }, 0));
  const perspective = new Perspective(app);
  const seen = () => perspective.channelsOf("s").map(({ id }) => id);
  expect(seen()).toEqual(["c", "open"]);
  perspective.take({ server: "s", user: null, role: null });
  expect(seen()).toEqual(["open"]);
  perspective.take({ server: "s", user: null, role: "r" });
  expect(seen()).toEqual(["c", "open"]);
  perspective.take({ server: "s", user: "other", role: null });
  expect(perspective.subject("s")).toEqual({ user: "other", member: other });
  expect(seen()).toEqual(["open"]);
  expect(perspective.subject("elsewhere").user).toBe("me");
  perspective.end();
  expect(perspective.subject("s")).toEqual({ user: "me", member: me });
});

test("a name has the colour of the highest role that has one", () => {
  const { permissions } = application();
  const role = (id: string, position: number, color: string | null) =>
    permissions.putRole({ ...keeper, id, position, color });
  role("plain", 9, null);
  role("red", 3, "#f00");
  role("blue", 2, "#00f");
  const colorOf = (...role_ids: string[]) => permissions.colorOf({ ...me, role_ids });
  expect(colorOf("blue", "red", "plain")).toBe("#f00");
  expect(colorOf("plain")).toBe(null);
  expect(colorOf("of another time")).toBe(null);
  role("red", 1, "#f00");
  expect(colorOf("blue", "red")).toBe("#00f");
});
