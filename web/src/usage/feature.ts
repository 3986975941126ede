import type { CreateFeature } from "../feature";

export const usage: CreateFeature = () => ({
  accountPages: ["usage"],
});
