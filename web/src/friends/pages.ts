import type { AccountPages } from "../feature";
import { later } from "../text/texts";
import Privacy from "./Privacy.svelte";

export const accountPages: AccountPages = {
  privacy: { title: () => later.account.privacy, Page: Privacy },
};
