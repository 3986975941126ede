import type { CreateFeature } from "../feature";
import { conversationEvents } from "./events";
import { Receipts } from "./receipts.svelte";

export const conversations: CreateFeature = (core) => {
  const { api, live, route, conversations } = core;
  const receipts = new Receipts(api.conversations, (channel_id, message_id) =>
    live.send("DELIVERED", { channel_id, message_id }),
  );
  return {
    stores: [receipts],
    events: conversationEvents({ ...core, receipts }),
    refetch(topic) {
      if (!conversations.of(topic)) return;
      receipts.markStale();
      conversations.refetch(topic);
    },
    refresh() {
      const { conversation } = route;
      if (conversation && conversations.of(conversation)) receipts.load(conversation);
    },
  };
};
