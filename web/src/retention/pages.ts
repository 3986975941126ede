import type { ServerPages } from "../feature";
import { words } from "../text/settingswords";
import Retention from "./Retention.svelte";

export const serverPages: ServerPages = {
  retention: { title: () => words.retention.title, Page: Retention },
};
