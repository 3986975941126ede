import type { CreateFeature } from "../feature";

export const accountExport: CreateFeature = () => ({
  accountPages: ["accountExport"],
});
