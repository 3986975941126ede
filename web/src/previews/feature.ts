import type { CreateFeature } from "../feature";
import { Previews } from "./previews.svelte";

export const previews: CreateFeature = ({ api }) => ({ stores: [new Previews(api)] });
