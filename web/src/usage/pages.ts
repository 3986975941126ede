import type { AccountPages } from "../feature";
import { words } from "../text/settingswords";
import Usage from "./Usage.svelte";

export const accountPages: AccountPages = {
  usage: { title: () => words.usage.title, Page: Usage },
};
