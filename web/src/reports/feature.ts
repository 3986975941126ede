import type { Id } from "../api/types";
import type { CreateFeature } from "../feature";

declare module "../sync/frames" {
  interface Events {
    REPORTS_UPDATE: { server_id: Id | null };
  }
}

export const reports: CreateFeature = () => ({
  serverPages: { reports: ["MANAGE_MESSAGES"] },
  accountPages: ["reports"],
});
