import type { CreateFeature } from "../feature";
import { messageEvents, noteNews } from "./events";
import { TypingNotices } from "./typing.svelte";

export const messages: CreateFeature = (core) => {
  const { live, route, navigation, histories, threads, talk, outbox, unread } = core;
  const typing = new TypingNotices((channel_id) => live.send("TYPING_START", { channel_id }));
  live.listen((frame) => noteNews(talk, frame));
  return {
    stores: [typing],
    events: messageEvents({ ...core, typing }),
    resume() {
      outbox.resume();
      threads.resume();
    },
    refetch(topic) {
      histories.markStale([topic]);
      threads.refetch(topic);
      unread.refetch();
    },
    refresh() {
      const open = navigation.place(route.place ?? "");
      if (open) void histories.of(open.id).open();
    },
    retain: (isFollowed) => histories.retain(isFollowed),
    forget(topic) {
      histories.forget(topic);
      unread.forget(topic);
    },
  };
};
