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

export class Badges {
  constructor(private readonly needs: Needs) {}

  /** In a channel, only mentions are counted. */
  channel({ id, server_id }: Pick<Channel, "id" | "server_id">): UnreadState {
    const { unread, levels } = this.needs;
    return {
      isUnread: unread.has(id) && levels.shows(id, server_id),
      badge: levels.counts(id, server_id) ? unread.mentions(id) : 0,
    };
  }

  /** In a conversation every message is counted, unless the user has chosen mentions only. */
  conversation({ id }: Pick<Conversation, "id">): UnreadState {
    const { unread, levels } = this.needs;
    const isOpen = levels.shows(id, null);
    const isAll = isOpen && levels.level(id, null) === "all";
    const mentions = levels.counts(id, null) ? unread.mentions(id) : 0;
    return { isUnread: unread.has(id) && isOpen, badge: isAll ? unread.count(id) : mentions };
  }

  server(id: Id): UnreadState {
    return total(this.needs.community.channelsOf(id).map((channel) => this.channel(channel)));
  }

  /** Only servers are unread as a whole: of conversations, only the number counts. */
  all(): UnreadState {
    const { community, conversations } = this.needs;
    const servers = total(community.servers.map(({ id }) => this.server(id)));
    const { badge } = total(conversations.shown.map((each) => this.conversation(each)));
    return { isUnread: servers.isUnread, badge: servers.badge + badge };
  }
}

function total(all: UnreadState[]): UnreadState {
  return {
    isUnread: all.some(({ isUnread }) => isUnread),
    badge: all.reduce((sum, { badge }) => sum + badge, 0),
  };
}
