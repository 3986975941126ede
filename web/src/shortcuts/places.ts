// The channels and conversations in the order of the sidebar.
import type { Id } from "../api/types";
import { byCategory } from "../community/categories";
import type { Needs } from "./context";

export interface Place {
  id: Id;
  isUnread: boolean;
  go: () => void;
}

/** A server's channels in the order of its list; voice channels only if they are open or have something new. */
export function channelsOf(needs: Needs, server: Id): Place[] {
  return byCategory(needs.community.channelsOf(server))
    .flatMap(({ channels }) => channels)
    .flatMap((channel) => {
      const { isUnread, badge } = needs.badges.channel(channel);
      const place = {
        id: channel.id,
        isUnread: isUnread || badge > 0,
        go: () => needs.route.to(server, channel.id),
      };
      return channel.type === "text" || place.isUnread || place.id === needs.route.channel ? [place] : [];
    });
}

export function conversations(needs: Needs): Place[] {
  return needs.conversations.shown.map((each) => {
    const { isUnread, badge } = needs.badges.conversation(each);
    return { id: each.id, isUnread: isUnread || badge > 0, go: () => needs.route.toConversation(each.id) };
  });
}

/** The current list: the channels of the open server, or the conversations. */
export function nearby(needs: Needs): Place[] {
  return needs.route.server ? channelsOf(needs, needs.route.server) : conversations(needs);
}

export function everywhere(needs: Needs): Place[] {
  const own = needs.community.servers.flatMap(({ id }) => channelsOf(needs, id));
  return [...conversations(needs), ...own];
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
