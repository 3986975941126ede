// Which actions to offer to whom, as far as the client knows; the server decides.
import type { Conversation, Id, Place } from "../api/types";
import type { Community } from "./community.svelte";
import type { Perspective } from "./perspective.svelte";
import {
  has,
  IN_CONVERSATION,
  Permission,
  type PermissionName,
  type Permissions,
} from "./permissions.svelte";

export interface AccessNeeds {
  community: Community;
  permissions: Permissions;
  perspective: Perspective;
  friends: { isBlocked: (user: Id | null) => boolean };
  /** `closed` are those in which the server refused the user's last message. */
  conversations: { of: (id: Id) => Conversation | undefined; closed: { has: (id: Id) => boolean } };
}

export class Access {
  constructor(private readonly needs: AccessNeeds) {}

  /** Whether the user has this permission in the server as a whole. */
  may(server: Id, name: PermissionName): boolean {
    const { community, permissions, perspective } = this.needs;
    const found = community.server(server);
    if (!found) return false;
    const { user, member } = perspective.subject(server);
    return has(permissions.inServer(found, user, member), Permission[name]);
  }

  /** Whether the user has this permission in a channel or a conversation. */
  mayIn(place: Place, name: PermissionName): boolean {
    const { community, permissions, perspective } = this.needs;
    if (place.server_id === null) return has(IN_CONVERSATION, Permission[name]) && !this.isReadOnly(place.id);
    const channel = community.channel(place.id);
    const server = community.server(place.server_id);
    if (!server || !channel) return false;
    const { user, member } = perspective.subject(server.id);
    return has(permissions.inChannel(server, channel, user, member), Permission[name]);
  }

  /** Whether the user can pin: every participant in a conversation, members with MANAGE_MESSAGES in a server. */
  mayPin(place: Place): boolean {
    return this.mayIn(place, place.server_id === null ? "SEND_MESSAGES" : "MANAGE_MESSAGES");
  }

  /**
   * Whether a message is collapsed because the user blocked its author: everywhere except in their direct conversation.
   */
  isCollapsed(author: Id | null, place: Pick<Place, "id">): boolean {
    const { friends, conversations } = this.needs;
    return friends.isBlocked(author) && !conversations.of(place.id)?.is_direct;
  }

  /**
   * Whether nobody can write in a direct conversation, because the user blocked the partner or the server refused a
   * message.
   */
  isReadOnly(id: Id): boolean {
    const { friends, conversations } = this.needs;
    const held = conversations.of(id);
    const partner = held?.is_direct ? held.recipient?.id : undefined;
    return conversations.closed.has(id) || friends.isBlocked(partner ?? null);
  }
}
