import type { AccountPages } from "../feature";
import { text } from "../text/texts";
import Appearance from "./Appearance.svelte";

export const accountPages: AccountPages = {
  appearance: { title: () => text.account.appearance, Page: Appearance },
};
