import type { CreateFeature } from "../feature";

export const retention: CreateFeature = () => ({
  serverPages: { retention: ["MANAGE_SERVER"] },
});
