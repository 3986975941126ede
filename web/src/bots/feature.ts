import type { Id } from "../api/types";
import type { CreateFeature } from "../feature";

declare module "../sync/frames" {
  interface Events {
    BOT_CREATE: { id: Id };
    BOT_UPDATE: { id: Id };
  }
}

export const bots: CreateFeature = () => ({
  accountPages: ["bots"],
});
