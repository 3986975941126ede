import type { CreateFeature } from "../feature";
import { communityEvents } from "./events";
import { Folds } from "./folds.svelte";

export const community: CreateFeature = (core) => {
  const { session, route, toasts, community, permissions } = core;
  return {
    stores: [new Folds(() => session.user?.id)],
    events: communityEvents(core),
    refetch(topic) {
      if (!community.server(topic)) return;
      community.markStale([topic]);
      permissions.refetch(topic).catch(toasts.report);
    },
    refresh() {
      const { server } = route;
      if (server && community.server(server)) community.load(server).catch(toasts.report);
    },
    retain(isFollowed) {
      community.markStale(community.servers.map(({ id }) => id));
      community.retainChannels(isFollowed);
    },
  };
};
