import type { CreateFeature } from "../feature";

export const instance: CreateFeature = () => ({
  adminPages: ["instance"],
});
