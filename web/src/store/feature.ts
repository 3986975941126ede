import type { CreateFeature } from "../feature";

export const store: CreateFeature = ({ following, snapshots }) => ({
  events: {
    TOPIC_GONE: ({ topics }) => topics.forEach((topic) => following.gone(topic)),
  },
  retain: (isFollowed) => void snapshots.retain(isFollowed),
  forget: (topic) => snapshots.forget(topic),
});
