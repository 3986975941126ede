import type { CreateFeature } from "../feature";

export const securityEvents: CreateFeature = () => ({
  accountPages: ["security"],
});
