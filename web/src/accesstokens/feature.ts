import type { CreateFeature } from "../feature";

export const accessTokens: CreateFeature = () => ({
  accountPages: ["accessTokens"],
});
