import type { AccountPages } from "../feature";
import { words } from "../text/settingswords";
import Instance from "./Instance.svelte";

export const accountPages: AccountPages = {
  instance: { title: () => words.instance.title, Page: Instance },
};
