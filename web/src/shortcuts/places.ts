// The channels and conversations in the order of the sidebar.
import type { Id } from "../api/types";
import { byCategory } from "../community/categories";
import { unreadIn, unreadOf } from "../notifications/badges";
import type { Needs } from "./context";

export interface Place {
  id: Id;
  isUnread: boolean;
  go: () => void;
}

/** A server's channels in the order of its list; voice channels only if they are open or have something new. */
export function channelsOf(app: Needs, server: Id): Place[] {
  return byCategory(app.community.channelsOf(server))
    .flatMap(({ channels }) => channels)
    .flatMap((channel) => {
      const { isUnread, badge } = unreadIn(app, channel);
      const place = {
        id: channel.id,
        isUnread: isUnread || badge > 0,
        go: () => app.route.to(server, channel.id),
      };
      return channel.type === "text" || place.isUnread || place.id === app.route.channel ? [place] : [];
    });
}

export function conversations(app: Needs): Place[] {
  return app.conversations.shown.map((each) => {
    const { isUnread, badge } = unreadOf(app, each);
    return { id: each.id, isUnread: isUnread || badge > 0, go: () => app.route.toConversation(each.id) };
  });
}

/** The current list: the channels of the open server, or the conversations. */
export function nearby(app: Needs): Place[] {
  return app.route.server ? channelsOf(app, app.route.server) : conversations(app);
}

export function everywhere(app: Needs): Place[] {
  const own = app.community.servers.flatMap(({ id }) => channelsOf(app, id));
  return [...conversations(app), ...own];
}

/** The next item of a list, which wraps around; from outside the list, the first or the last. */
export function neighbour<Thing extends { id: Id }>(
  list: readonly Thing[],
  current: Id | null,
  step: 1 | -1,
): Thing | undefined {
  const at = list.findIndex(({ id }) => id === current);
  if (at < 0) return step > 0 ? list[0] : list.at(-1);
  return list[(at + step + list.length) % list.length];
}

/** The next place with something new; the current one is only the starting point. */
export function nextUnread(list: readonly Place[], current: Id | null, step: 1 | -1): Place | undefined {
  const worth = list.filter(({ id, isUnread }) => isUnread || id === current);
  const found = neighbour(worth, current, step);
  return found?.id === current ? undefined : found;
}
