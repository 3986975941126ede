import type { CreateFeature } from "../feature";
import { FileRules } from "./rules.svelte";

export const files: CreateFeature = ({ api }) => ({ stores: [new FileRules(api)] });
