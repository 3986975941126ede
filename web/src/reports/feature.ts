import type { Id, OwnReport } from "../api/types";
import type { CreateFeature } from "../feature";
import { laterTexts } from "../text/language.svelte";
import { later } from "../text/texts";
import type { Toasts } from "../ui/toasts.svelte";

declare module "../sync/frames" {
  interface Events {
    REPORT_ANSWER: OwnReport;
    REPORTS_UPDATE: { server_id: Id | null };
  }
}

export const reports: CreateFeature = ({ toasts }) => ({
  serverPages: { reports: ["MANAGE_MESSAGES"] },
  accountPages: ["reports"],
  events: { REPORT_ANSWER: (report) => void tell(toasts, report).catch(toasts.report) },
});

/** Tells the user that someone has decided about their report. */
async function tell(toasts: Toasts, { state, answer }: OwnReport): Promise<void> {
  await laterTexts();
  if (state !== "open") toasts.notice([later.reports[state], answer].filter(Boolean).join(" "));
}
