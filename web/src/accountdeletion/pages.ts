import type { AccountPages } from "../feature";
import { later } from "../text/texts";
import AccountDeletion from "./AccountDeletion.svelte";

export const accountPages: AccountPages = {
  accountDeletion: { title: () => later.accountDeletion.title, Page: AccountDeletion },
};
