import type { CreateFeature } from "../feature";

export const voice: CreateFeature = () => ({
  accountPages: ["voice"],
});
