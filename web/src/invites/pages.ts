import type { ServerPages } from "../feature";
import { words } from "../text/settingswords";
import Invites from "./Invites.svelte";

export const serverPages: ServerPages = {
  invites: { title: () => words.invites.title, Page: Invites },
};
