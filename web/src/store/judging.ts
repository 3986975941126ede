// What to offer to whom, as far as is known here: the server decides.
import type { Id, Place } from "../api/types";
import type { Application } from "./application.svelte";
import { has, IN_CONVERSATION, Permission, type PermissionName } from "./rights.svelte";

export class Judging {
  constructor(private readonly app: Application) {}

  /** Whether I may do this in the server at large. */
  may(server: Id, name: PermissionName): boolean {
    const { community, rights, perspective } = this.app;
    const found = community.server(server);
    if (!found) return false;
    const { user, member } = perspective.judged(server);
    return has(rights.inServer(found, user, member), Permission[name]);
  }

  /** Whether I may do this in a channel or a conversation. */
  mayIn(place: Place, name: PermissionName): boolean {
    const { community, rights, perspective } = this.app;
    if (place.server_id === null) return has(IN_CONVERSATION, Permission[name]) && !this.isBarred(place.id);
    const channel = community.channel(place.id);
    const server = community.server(place.server_id);
    if (!server || !channel) return false;
    const { user, member } = perspective.judged(server.id);
    return has(rights.inChannel(server, channel, user, member), Permission[name]);
  }

  /** Whether I may pin: in a conversation everybody, in a server who manages messages. */
  mayPin(place: Place): boolean {
    return this.mayIn(place, place.server_id === null ? "SEND_MESSAGES" : "MANAGE_MESSAGES");
  }

  /** Whether what somebody says is folded away, since I blocked them: everywhere but between the two of us. */
  isFolded(author: Id | null, place: Pick<Place, "id">): boolean {
    return this.app.friends.isBlocked(author) && !this.app.conversations.of(place.id)?.is_direct;
  }

  /** Whether nobody can write in a direct conversation, since I blocked the other or the server refused me. */
  isBarred(conversation: Id): boolean {
    const { conversations, friends } = this.app;
    const held = conversations.of(conversation);
    const partner = held && conversations.partner(held);
    return conversations.closed.has(conversation) || friends.isBlocked(partner ?? null);
  }
}
