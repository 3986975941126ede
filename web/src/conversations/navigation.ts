// Navigates to people and to messages, wherever they are.
import { Failure } from "../api/failure";
import type { Id, Place } from "../api/types";
import type { Community } from "../community/community.svelte";
import type { Route } from "../store/route.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Session } from "../store/session.svelte";
import { text } from "../text/texts";
import type { Toasts } from "../ui/toasts.svelte";
import type { Conversations } from "./conversations.svelte";
import type { ConversationNames } from "./conversationnames";

export interface NavigationNeeds {
  session: Session;
  route: Route;
  screen: Screen;
  toasts: Toasts;
  community: Community;
  conversations: Conversations;
  conversationNames: ConversationNames;
  line: { join: (place: Place) => Promise<void> };
}

export class Navigation {
  constructor(private readonly needs: NavigationNeeds) {}

  /** A channel or conversation that the client knows. */
  place(id: Id): Place | undefined {
    const conversation = this.needs.conversations.of(id);
    return (
      this.needs.community.channel(id) ?? (conversation && this.needs.conversationNames.place(conversation))
    );
  }

  /** Shows a message, in any channel or conversation. */
  show(channel: Id, message: Id): void {
    const { route, screen, community, conversations } = this.needs;
    const server = community.channel(channel)?.server_id;
    const isConversation = conversations.of(channel) !== undefined;
    if (!server && !isConversation) return;
    screen.target = { channel, message };
    if (server) route.to(server, channel);
    else route.toConversation(channel);
  }

  /** Opens the direct conversation with a user. */
  async writeTo(user: Id): Promise<void> {
    const { route, conversations } = this.needs;
    route.toConversation(await conversations.direct(user));
  }

  /** Opens the direct conversation with a user, and joins the call in it. */
  async callTo(user: Id): Promise<void> {
    await this.writeTo(user);
    const place = this.place(this.needs.route.conversation ?? "");
    if (place) await this.needs.line.join(place);
  }

  /** A conversation that READY did not contain: an old one, or one in which the user does not take part. */
  seek(id: Id): void {
    const { route, toasts, conversations } = this.needs;
    conversations.learn(id).catch((error: unknown) => {
      if (route.conversation !== id) return;
      if (error instanceof Failure && error.status === 404) toasts.notice(text.rail.nowhere);
      route.instead("#/friends/online");
    });
  }
}
