import type { AccountPages } from "../feature";
import { later } from "../text/texts";
import AccountExport from "./AccountExport.svelte";

export const accountPages: AccountPages = {
  accountExport: { title: () => later.accountExport.title, Page: AccountExport },
};
