// Where one can go, in the order in which the lists at the side show it.
import type { Id } from "../api/types";
import { byCategory } from "../channels/categories";
import { newsIn, newsOf } from "../notifications/calm";
import type { Application } from "../store/application.svelte";

export interface Place {
  id: Id;
  isUnread: boolean;
  go: () => void;
}

/** The text channels of a server as they stand in its list. */
export function channelsOf(app: Application, server: Id): Place[] {
  return byCategory(app.community.channelsOf(server))
    .flatMap(({ channels }) => channels)
    .filter(({ type }) => type === "text")
    .map((channel) => {
      const { isUnread, badge } = newsIn(app, channel);
      const go = () => app.route.to(server, channel.id);
      return { id: channel.id, isUnread: isUnread || badge > 0, go };
    });
}

export function conversations(app: Application): Place[] {
  return app.conversations.shown.map((each) => {
    const { isUnread, badge } = newsOf(app, each);
    return { id: each.id, isUnread: isUnread || badge > 0, go: () => app.route.toConversation(each.id) };
  });
}

/** The list that one is in: the channels of the open server, or the conversations. */
export function nearby(app: Application): Place[] {
  return app.route.server ? channelsOf(app, app.route.server) : conversations(app);
}

export function everywhere(app: Application): Place[] {
  const own = app.community.servers.flatMap(({ id }) => channelsOf(app, id));
  return [...conversations(app), ...own];
}

/** The next of a list in a circle; from nowhere the first or the last. */
export function neighbour<Thing extends { id: Id }>(
  list: readonly Thing[],
  current: Id | null,
  step: 1 | -1,
): Thing | undefined {
  const at = list.findIndex(({ id }) => id === current);
  if (at < 0) return step > 0 ? list[0] : list.at(-1);
  return list[(at + step + list.length) % list.length];
}

/** The next place in which something is new; the current one only serves as the point to start from. */
export function nextUnread(list: readonly Place[], current: Id | null, step: 1 | -1): Place | undefined {
  const worth = list.filter(({ id, isUnread }) => isUnread || id === current);
  const found = neighbour(worth, current, step);
  return found?.id === current ? undefined : found;
}
