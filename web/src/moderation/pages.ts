import type { ServerPages } from "../feature";
import { words } from "../text/settingswords";
import Bans from "./Bans.svelte";

export const serverPages: ServerPages = {
  bans: { title: () => words.bans.title, Page: Bans },
};
