import type { CreateFeature } from "../feature";
import { friendEvents } from "./events";

export const friends: CreateFeature = (core) => {
  const { session, toasts, friends } = core;
  return {
    accountPages: ["privacy"],
    events: friendEvents(core),
    refetch(topic) {
      if (topic === session.user?.id) friends.refetch().catch(toasts.report);
    },
  };
};
