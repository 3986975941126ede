import type { CreateFeature } from "../feature";
import { Gallery } from "./gallery";
import { FileRules } from "./rules.svelte";

export const files: CreateFeature = ({ api, access, threads, histories, uploads }) => ({
  stores: [new FileRules(api), new Gallery(access, threads, histories)],
  resume: () => uploads.resume(),
});
