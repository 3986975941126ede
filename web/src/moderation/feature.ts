import type { Id } from "../api/types";
import type { CreateFeature } from "../feature";

declare module "../sync/frames" {
  interface Events {
    BAN_CREATE: { server_id: Id; user_id: Id };
  }
}

export const moderation: CreateFeature = () => ({
  serverPages: { bans: ["BAN_MEMBERS"] },
});
