// What webhooks send, and what became of it, in words.
import type { Webhook, WebhookCreation } from "../api/types";
import { words } from "../text/settingswords";

export type HookEvent = WebhookCreation["event_types"][number];

export const hookEvents = (): [HookEvent, string][] => [
  ["message.created", words.webhooks.types.messageCreated],
  ["message.updated", words.webhooks.types.messageUpdated],
  ["message.deleted", words.webhooks.types.messageDeleted],
  ["member.joined", words.webhooks.types.memberJoined],
  ["member.left", words.webhooks.types.memberLeft],
];

/** What the receiver made of a delivery. */
export function resultOf(result: string | null): string {
  if (!result) return "";
  if (result.startsWith("status_"))
    return words.webhooks.results.status({ status: result.slice("status_".length) });
  return isResult(result) ? words.webhooks.results[result] : result;
}

/** Why the server has switched it off; empty if it has not. */
export function whyOff({ disabled_reason }: Webhook): string {
  return disabled_reason && isReason(disabled_reason) ? words.webhooks.off[disabled_reason] : "";
}

const isReason = (reason: string): reason is keyof typeof words.webhooks.off => reason in words.webhooks.off;

type Result = Exclude<keyof typeof words.webhooks.results, "status">;

const isResult = (result: string): result is Result => result in words.webhooks.results;
