import type { AccountPages } from "../feature";
import { words } from "../text/settingswords";
import AccessTokens from "./AccessTokens.svelte";

export const accountPages: AccountPages = {
  accessTokens: { title: () => words.accessTokens.title, Page: AccessTokens },
};
