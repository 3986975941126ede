// Keeps what is loaded in step with the route: opens the server's channels, picks a channel if none is named, and
// leaves channels and servers that no longer exist.
import { untrack } from "svelte";
import type { Channel, Conversation, Id, Server } from "../api/types";
import type { Needs } from "./context";
import { keep, recall } from "../store/storage";
import { text } from "../text/texts";

const LAST = "coterie-last-channel-";

/** Where people talk, as templates call it. Announcements and rules may come before it. */
const GENERAL = "general";

export interface Here {
  readonly server: Server | undefined;
  readonly channel: Channel | undefined;
  readonly conversation: Conversation | undefined;
}

export function followRoute(app: Needs): Here {
  const { route, community } = app;
  const server = $derived(route.server ? community.server(route.server) : undefined);
  const channel = $derived.by(() => {
    const found = route.channel ? community.channel(route.channel) : undefined;
    if (!found || !server || found.server_id !== server.id) return undefined;
    const isSeen = !app.perspective.of(server.id) || app.perspective.channelsOf(server.id).includes(found);
    return isSeen ? found : undefined;
  });

  const conversation = $derived(route.conversation ? app.conversations.of(route.conversation) : undefined);

  $effect(() => {
    if (server && app.live.isReady) community.load(server.id).catch(app.report);
  });

  let lastSeen: Id | undefined;
  $effect(() => {
    if (server) lastSeen = server.id;
    else if (app.live.isReady && route.server) {
      // The reason for leaving has already been shown.
      if (route.server !== lastSeen) untrack(() => app.toasts.notice(text.rail.nowhere));
      route.instead("#/");
    }
  });

  $effect(() => {
    if (app.live.isReady && route.conversation && !conversation) app.navigation.seek(route.conversation);
  });

  $effect(() => {
    if (!server) return;
    // Stored channels are enough to choose one, but not to say that one no longer exists.
    const isEnough = community.isLoaded(server.id) || (!route.channel && community.isKnown(server.id));
    if (channel) keep(LAST + server.id, channel.id);
    else if (isEnough) settle(app, server);
  });

  $effect(() => {
    const me = app.session.user?.id;
    if (me && channel) route.stay(me, channel);
    else if (me && conversation) route.stay(me, { id: conversation.id, server_id: null });
  });

  $effect(() => {
    if (!route.isUnknown) return;
    untrack(() => app.toasts.notice(text.rail.nowhere));
    route.instead("#/");
  });

  $effect(() => {
    const here = channel ?? conversation;
    if (!here || !route.message) return;
    app.screen.target = { channel: here.id, message: route.message };
    untrack(() => route.reached());
  });

  $effect(() => {
    if (channel) app.permissions.ensure(channel);
  });

  $effect(() => {
    if (!server || !community.isLoaded(server.id)) return;
    app.line.rejoin();
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

function settle(app: Needs, server: Server): void {
  const all = app.perspective.channelsOf(server.id);
  const texts = all.filter((channel) => channel.type === "text");
  const last = recall(LAST + server.id);
  const next = all.find(({ id }) => id === last) ?? texts.find(({ name }) => name === GENERAL) ?? texts[0];
  if (app.route.channel && !app.perspective.of(server.id))
    untrack(() => app.toasts.notice(text.channels.gone));
  if (next) app.route.settle(server.id, next.id);
  else if (app.route.channel) app.route.settle(server.id, null);
}
