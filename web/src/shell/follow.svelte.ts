// Keeps what is loaded in step with the route: opens the server's channels, picks a channel if none is named, and
// leaves channels and servers that no longer exist.
import { untrack } from "svelte";
import type { Channel, Conversation, Id, Server } from "../api/types";
import { use } from "../store/context";
import { keep, recall } from "../store/storage";
import { text } from "../text/texts";
import { Session } from "../store/session.svelte";
import { Route } from "../store/route.svelte";
import { Screen } from "../store/screen.svelte";
import { Live } from "../store/live.svelte";
import { Toasts } from "../ui/toasts.svelte";
import { Community } from "../community/community.svelte";
import { Permissions } from "../community/permissions.svelte";
import { Perspective } from "../community/perspective.svelte";
import { Conversations } from "../conversations/conversations.svelte";
import { Navigation } from "../conversations/navigation";
import { Line } from "../voice/line.svelte";

export interface Needs {
  session: Session;
  route: Route;
  screen: Screen;
  live: Live;
  toasts: Toasts;
  community: Community;
  permissions: Permissions;
  perspective: Perspective;
  conversations: Conversations;
  navigation: Navigation;
  line: Line;
}

/** Call it when a component is created. */
export function useRouteFollowing(): Here {
  return followRoute({
    session: use(Session),
    route: use(Route),
    screen: use(Screen),
    live: use(Live),
    toasts: use(Toasts),
    community: use(Community),
    permissions: use(Permissions),
    perspective: use(Perspective),
    conversations: use(Conversations),
    navigation: use(Navigation),
    line: use(Line),
  });
}

const LAST = "coterie-last-channel-";

/** Where people talk, as templates call it. Announcements and rules may come before it. */
const GENERAL = "general";

export interface Here {
  readonly server: Server | undefined;
  readonly channel: Channel | undefined;
  readonly conversation: Conversation | undefined;
}

export function followRoute(needs: Needs): Here {
  const { route, community } = needs;
  const server = $derived(route.server ? community.server(route.server) : undefined);
  const channel = $derived.by(() => {
    const found = route.channel ? community.channel(route.channel) : undefined;
    if (!found || !server || found.server_id !== server.id) return undefined;
    const isSeen =
      !needs.perspective.of(server.id) || needs.perspective.channelsOf(server.id).includes(found);
    return isSeen ? found : undefined;
  });

  const conversation = $derived(route.conversation ? needs.conversations.of(route.conversation) : undefined);

  $effect(() => {
    if (server && needs.live.isReady) community.load(server.id).catch(needs.toasts.report);
  });

  let lastSeen: Id | undefined;
  $effect(() => {
    if (server) lastSeen = server.id;
    else if (needs.live.isReady && route.server) {
      // The reason for leaving has already been shown.
      if (route.server !== lastSeen) untrack(() => needs.toasts.notice(text.rail.nowhere));
      route.instead("#/");
    }
  });

  $effect(() => {
    if (needs.live.isReady && route.conversation && !conversation) needs.navigation.seek(route.conversation);
  });

  $effect(() => {
    if (!server) return;
    // Stored channels are enough to choose one, but not to say that one no longer exists.
    const isEnough = community.isLoaded(server.id) || (!route.channel && community.isKnown(server.id));
    if (channel) keep(LAST + server.id, channel.id);
    else if (isEnough) settle(needs, server);
  });

  $effect(() => {
    const me = needs.session.user?.id;
    if (me && channel) route.stay(me, channel);
    else if (me && conversation) route.stay(me, { id: conversation.id, server_id: null });
  });

  $effect(() => {
    if (!route.isUnknown) return;
    untrack(() => needs.toasts.notice(text.rail.nowhere));
    route.instead("#/");
  });

  $effect(() => {
    const here = channel ?? conversation;
    if (!here || !route.message) return;
    needs.screen.target = { channel: here.id, message: route.message };
    untrack(() => route.reached());
  });

  $effect(() => {
    if (channel) needs.permissions.ensure(channel);
  });

  $effect(() => {
    if (!server || !community.isLoaded(server.id)) return;
    needs.line.rejoin();
  });

  return {
    get server() {
      return server;
    },
    get channel() {
      return channel;
    },
    get conversation() {
      return conversation;
    },
  };
}

function settle(needs: Needs, server: Server): void {
  const all = needs.perspective.channelsOf(server.id);
  const texts = all.filter((channel) => channel.type === "text");
  const last = recall(LAST + server.id);
  const next = all.find(({ id }) => id === last) ?? texts.find(({ name }) => name === GENERAL) ?? texts[0];
  if (needs.route.channel && !needs.perspective.of(server.id))
    untrack(() => needs.toasts.notice(text.channels.gone));
  if (next) needs.route.settle(server.id, next.id);
  else if (needs.route.channel) needs.route.settle(server.id, null);
}
