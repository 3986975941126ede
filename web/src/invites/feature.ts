import type { Id } from "../api/types";
import type { CreateFeature } from "../feature";

declare module "../sync/frames" {
  interface Events {
    INVITE_CREATE: { server_id: Id };
    INVITE_UPDATE: { server_id: Id };
    INVITE_DELETE: { server_id: Id; invite_id: Id };
  }
}

export const invites: CreateFeature = () => ({
  serverPages: { invites: ["CREATE_INVITES"] },
});
