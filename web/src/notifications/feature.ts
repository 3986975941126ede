import type { CreateFeature } from "../feature";
import { Badges } from "./badges";

export const notifications: CreateFeature = (core) => {
  const { session, toasts, levels } = core;
  return {
    accountPages: ["notifications"],
    stores: [new Badges(core)],
    events: {
      READY: ({ notification_levels = [] }) => levels.adopt(notification_levels),
      NOTIFICATION_LEVEL_UPDATE: (level) => levels.put(level),
      NOTIFICATION_LEVEL_DELETE: ({ place_id }) => levels.drop(place_id),
    },
    refetch(topic) {
      if (topic === session.user?.id) levels.refetch().catch(toasts.report);
    },
  };
};
