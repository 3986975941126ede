import type { Id } from "../api/types";
import type { CreateFeature } from "../feature";
import type { CustomEmoji } from "./api";
import { CustomEmojis } from "./customemojis.svelte";

declare module "../sync/frames" {
  interface Events {
    CUSTOM_EMOJI_CREATE: CustomEmoji;
    CUSTOM_EMOJI_UPDATE: CustomEmoji;
    CUSTOM_EMOJI_DELETE: { server_id: Id; emoji_id: Id };
  }
}

export const emojis: CreateFeature = ({ api }) => {
  const held = new CustomEmojis(api);
  return {
    emojis: held,
    stores: [held],
    events: {
      READY: () => held.markStale(),
      CUSTOM_EMOJI_CREATE: (emoji) => held.put(emoji),
      CUSTOM_EMOJI_UPDATE: (emoji) => held.put(emoji),
      CUSTOM_EMOJI_DELETE: ({ server_id, emoji_id }) => held.drop(server_id, emoji_id),
    },
    serverPages: { emoji: ["MANAGE_SERVER"] },
  };
};
