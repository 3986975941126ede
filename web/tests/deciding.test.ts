// The rules of who is notified of a message. The server decides by the same cases (src/coterie/notifications/deciding.py).
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Message, NotificationLevel } from "../src/api/types";
import { Desktop } from "../src/notifications/desktop.svelte";
import { Levels } from "../src/notifications/levels.svelte";
import { Talk } from "../src/messages/talk.svelte";
import CASES from "../../tests/notifications/deciding.json";

interface Case {
  about: string;
  expected: string | null;
  message: {
    author?: string | null;
    system?: boolean;
    thread?: boolean;
    users?: string[];
    roles?: string[];
    everyone?: boolean;
    here?: boolean;
  };
  user: {
    status?: string;
    blocked?: boolean;
    place?: Partial<NotificationLevel>;
    server?: Partial<NotificationLevel>;
  };
}

const SERVER = "server";
const CHANNEL = "channel";

beforeAll(() => void vi.stubGlobal("window", {}));
afterAll(() => void vi.unstubAllGlobals());

function messageOf({ message: given }: Case): Message {
  const { author = "them", system = false, users = [], roles = [], everyone = false, here = false } = given;
  return {
    id: "message",
    channel_id: CHANNEL,
    author_id: author,
    type: system ? "system" : "text",
    mention_user_ids: users,
    mention_role_ids: roles,
    mention_everyone: everyone,
    mention_here: here,
  } as Message;
}

function levelsOf({ user }: Case): Levels {
  const levels = new Levels({} as never, () => "me");
  const held = [
    { place_id: CHANNEL, kind: "channel", ...user.place },
    { place_id: SERVER, kind: "server", ...user.server },
  ];
  levels.adopt(held as NotificationLevel[]);
  return levels;
}

/** What the client notifies of, for a user who looks elsewhere. */
function decided(given: Case): string | null {
  const session = { user: { id: "me", status: given.user.status ?? "online" } };
  const community = {
    channel: () => ({ server_id: SERVER }),
    member: () => ({ roles: [{ id: "mine" }] }),
  };
  const friends = { isBlocked: () => given.user.blocked ?? false };
  const screen = { isVisible: false };
  const route = { place: null };
  const levels = levelsOf(given);
  const conversations = { of: () => undefined };
  let found: string | null = null;
  const sounds = { announce: (sound: string) => (found = sound) };
  const toasts = { report: () => undefined };
  const needs = { session, community, friends, conversations, screen, route, levels, sounds, toasts };
  const desktop = new Desktop(needs as never);
  const unread = { arrived: () => undefined, mark: () => undefined };
  const talk = new Talk({ session, community, route, unread, desktop } as never);
  if (given.message.thread) talk.noteReply(messageOf(given));
  else talk.noteNews(messageOf(given));
  levels.clear();
  return found;
}

test.each(CASES as Case[])("$about", (given) => {
  expect(decided(given)).toBe(given.expected);
});
