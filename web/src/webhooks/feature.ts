import type { Id } from "../api/types";
import type { CreateFeature } from "../feature";

declare module "../sync/frames" {
  interface Events {
    WEBHOOK_CREATE: { server_id: Id };
    WEBHOOK_UPDATE: { server_id: Id };
    WEBHOOK_DELETE: { server_id: Id; webhook_id: Id };
  }
}

export const webhooks: CreateFeature = () => ({
  serverPages: { webhooks: ["ADMINISTRATOR"] },
});
