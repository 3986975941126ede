import type { AccountPages } from "../feature";
import { words } from "../text/settingswords";
import Security from "./Security.svelte";

export const accountPages: AccountPages = {
  security: { title: () => words.security.title, Page: Security },
};
