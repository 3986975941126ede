import type { AccountPages, ServerPages } from "../feature";
import { words } from "../text/settingswords";
import OwnReports from "./OwnReports.svelte";
import ReportQueue from "./ReportQueue.svelte";

export const serverPages: ServerPages = {
  reports: { title: () => words.reports.title, Page: ReportQueue },
};

export const accountPages: AccountPages = {
  reports: { title: () => words.reports.own, Page: OwnReports },
};
