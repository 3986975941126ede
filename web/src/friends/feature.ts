import type { CreateFeature } from "../feature";

export const friends: CreateFeature = () => ({
  accountPages: ["privacy"],
});
