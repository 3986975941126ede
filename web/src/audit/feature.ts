import type { CreateFeature } from "../feature";

export const audit: CreateFeature = () => ({
  serverPages: { audit: ["ADMINISTRATOR"] },
});
