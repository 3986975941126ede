// Keeps what is loaded in step with where the person is: opens the server's channels, picks a channel when
// none is named, and leaves places that no longer exist.
import { untrack } from "svelte";
import type { Channel, Conversation, Id, Server } from "../api/types";
import type { Application } from "../store/application.svelte";
import { keep, recall } from "../store/storage";
import { text } from "../text/texts";

const LAST = "coterie-last-channel-";

export interface Here {
  readonly server: Server | undefined;
  readonly channel: Channel | undefined;
  readonly conversation: Conversation | undefined;
}

export function followRoute(app: Application): Here {
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
    if (server && app.isReady) community.load(server.id).catch(app.report);
  });

  let lastSeen: Id | undefined;
  $effect(() => {
    if (server) lastSeen = server.id;
    else if (app.isReady && route.server) {
      // Why one is no longer where one was is told already.
      if (route.server !== lastSeen) untrack(() => app.toasts.notice(text.rail.nowhere));
      route.instead("#/");
    }
  });

  $effect(() => {
    if (app.isReady && route.conversation && !conversation) app.seekConversation(route.conversation);
  });

  $effect(() => {
    if (!server) return;
    // What was known earlier is enough to choose a channel, but not to say that one is gone.
    const isEnough = community.isLoaded(server.id) || (!route.channel && community.isKnown(server.id));
    if (channel) keep(LAST + server.id, channel.id);
    else if (isEnough) settle(app, server);
  });

  $effect(() => {
    const here = channel ?? conversation;
    if (!here || !route.message) return;
    app.target = { channel: here.id, message: route.message };
    untrack(() => route.reached());
  });

  $effect(() => {
    if (channel) app.rights.meet(channel);
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

function settle(app: Application, server: Server): void {
  const texts = app.perspective.channelsOf(server.id).filter((channel) => channel.type === "text");
  const last = recall(LAST + server.id);
  const next = texts.find((channel) => channel.id === last) ?? texts[0];
  if (app.route.channel && !app.perspective.of(server.id))
    untrack(() => app.toasts.notice(text.channels.gone));
  if (next) app.route.settle(server.id, next.id);
  else if (app.route.channel) app.route.settle(server.id, null);
}
