// What is new, as badges show it: places that are muted, or set to nothing, show none.
import type { Channel, Conversation, Id } from "../api/types";
import type { Community } from "../community/community.svelte";
import type { Conversations } from "../conversations/conversations.svelte";
import type { Unread } from "../messages/unread.svelte";
import type { Levels } from "./levels.svelte";

interface Needs {
  unread: Unread;
  levels: Levels;
  community: Community;
  conversations: Conversations;
}

/** A place's badge: whether it stands out, and its number. */
export interface UnreadState {
  isUnread: boolean;
  badge: number;
}

/** In a channel, only mentions are counted. */
export function unreadIn(app: Needs, { id, server_id }: Pick<Channel, "id" | "server_id">): UnreadState {
  return {
    isUnread: app.unread.has(id) && app.levels.shows(id, server_id),
    badge: app.levels.counts(id, server_id) ? app.unread.mentions(id) : 0,
  };
}

/** In a conversation every message is counted, unless the user has chosen mentions only. */
export function unreadOf(app: Needs, { id }: Pick<Conversation, "id">): UnreadState {
  const isOpen = app.levels.shows(id, null);
  const isAll = isOpen && app.levels.level(id, null) === "all";
  const mentions = app.levels.counts(id, null) ? app.unread.mentions(id) : 0;
  return { isUnread: app.unread.has(id) && isOpen, badge: isAll ? app.unread.count(id) : mentions };
}

export function unreadOfServer(app: Needs, server: Id): UnreadState {
  const all = app.community.channelsOf(server).map((channel) => unreadIn(app, channel));
  return { isUnread: all.some((each) => each.isUnread), badge: sum(all) };
}

export function unreadOfAll(app: Needs): UnreadState {
  const servers = app.community.servers.map(({ id }) => unreadOfServer(app, id));
  const conversations = app.conversations.shown.map((each) => unreadOf(app, each));
  return { isUnread: servers.some((each) => each.isUnread), badge: sum([...servers, ...conversations]) };
}

function sum(all: UnreadState[]): number {
  return all.reduce((total, { badge }) => total + badge, 0);
}
