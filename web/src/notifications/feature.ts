import type { CreateFeature } from "../feature";

export const notifications: CreateFeature = () => ({
  accountPages: ["notifications"],
});
