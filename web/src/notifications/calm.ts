// What is new, as it is shown from afar: places that I muted, or want to hear nothing of, stay calm.
import type { Channel, Conversation, Id } from "../api/types";
import type { Application } from "../store/application.svelte";

/** What waits in a place: whether it stands out, and the number beside it. */
export interface News {
  isUnread: boolean;
  badge: number;
}

/** Of a channel only what calls me is counted. */
export function newsIn(app: Application, { id, server_id }: Pick<Channel, "id" | "server_id">): News {
  return {
    isUnread: app.unread.has(id) && app.levels.shows(id, server_id),
    badge: app.levels.counts(id, server_id) ? app.unread.mentions(id) : 0,
  };
}

/** In a conversation everything is meant for me, unless I said that I care for mentions alone. */
export function newsOf(app: Application, { id }: Pick<Conversation, "id">): News {
  const isOpen = app.levels.shows(id, null);
  const isAll = isOpen && app.levels.level(id, null) === "all";
  const mentions = app.levels.counts(id, null) ? app.unread.mentions(id) : 0;
  return { isUnread: app.unread.has(id) && isOpen, badge: isAll ? app.unread.count(id) : mentions };
}

export function newsOfServer(app: Application, server: Id): News {
  const all = app.community.channelsOf(server).map((channel) => newsIn(app, channel));
  return { isUnread: all.some((each) => each.isUnread), badge: sum(all) };
}

export function newsOfAll(app: Application): News {
  const servers = app.community.servers.map(({ id }) => newsOfServer(app, id));
  const conversations = app.conversations.shown.map((each) => newsOf(app, each));
  return { isUnread: servers.some((each) => each.isUnread), badge: sum([...servers, ...conversations]) };
}

function sum(all: News[]): number {
  return all.reduce((total, { badge }) => total + badge, 0);
}
