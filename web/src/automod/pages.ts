import type { ServerPages } from "../feature";
import { words } from "../text/settingswords";
import Automod from "./Automod.svelte";

export const serverPages: ServerPages = {
  automod: { title: () => words.automod.title, Page: Automod },
};
