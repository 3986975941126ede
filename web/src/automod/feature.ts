import type { CreateFeature } from "../feature";

declare module "../sync/frames" {
  interface Events {
    AUTOMOD_UPDATE: { config: object; words: object[] };
  }
}

export const automod: CreateFeature = () => ({
  serverPages: { automod: ["MANAGE_SERVER"] },
});
