import type { Id, LoginSession } from "../api/types";
import type { CreateFeature } from "../feature";

declare module "../sync/frames" {
  interface Events {
    SESSION_CREATE: LoginSession;
    SESSION_UPDATE: LoginSession;
    SESSION_DELETE: { id: Id };
  }
}

export const account: CreateFeature = () => ({
  accountPages: ["profile", "signIn", "sessions"],
});
