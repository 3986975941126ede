// What a report is about, in words.
import type { OwnReport, QueuedReport } from "../api/types";
import { later } from "../text/texts";
import { words } from "../text/settingswords";

/** A reported person, a reporter or a moderator, also after their account was deleted. */
export function nameOf(user: QueuedReport["user"]): string {
  return user?.display_name ?? user?.username ?? words.reports.somebody;
}

export function categoryOf({ category }: Pick<OwnReport, "category">): string {
  return later.reports.categories[category as keyof typeof later.reports.categories] ?? category;
}

export function subjectOf({ kind, user, server_name }: QueuedReport): string {
  if (kind === "server") return words.reports.ofServer({ name: server_name ?? "" });
  return kind === "message" ? words.reports.ofMessage({ name: nameOf(user) }) : nameOf(user);
}
