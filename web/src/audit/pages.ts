import type { ServerPages } from "../feature";
import { words } from "../text/settingswords";
import AuditLog from "./AuditLog.svelte";

export const serverPages: ServerPages = {
  audit: { title: () => words.audit.title, Page: AuditLog },
};
