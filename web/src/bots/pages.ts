import type { AccountPages } from "../feature";
import { words } from "../text/settingswords";
import Bots from "./Bots.svelte";

export const accountPages: AccountPages = {
  bots: { title: () => words.bots.title, Page: Bots },
};
