import type { ServerPages } from "../feature";
import { words } from "../text/settingswords";
import Webhooks from "./Webhooks.svelte";

export const serverPages: ServerPages = {
  webhooks: { title: () => words.webhooks.title, Page: Webhooks },
};
