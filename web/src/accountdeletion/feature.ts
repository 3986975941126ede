import type { CreateFeature } from "../feature";

export const accountDeletion: CreateFeature = () => ({
  accountPages: ["accountDeletion"],
});
