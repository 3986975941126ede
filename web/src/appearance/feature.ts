import type { CreateFeature } from "../feature";

export const appearance: CreateFeature = () => ({
  accountPages: ["appearance"],
});
