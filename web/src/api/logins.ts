// What few logins need: a further step, or a new password. It loads only then.
import { authenticate } from "./api";
import { failureFrom } from "./failure";
import { postJson } from "./tokens";
import type { ResetToken, StepAnswer } from "./types";

/** Continues a login that needs more than the password. */
export const takeStep = (answer: StepAnswer) => authenticate("/api/auth/login/step", answer);

/** Has a link for a new password sent to an address, if an account has verified it. */
export const askForResetLink = (email: string) => accepted(postJson("/api/auth/reset-link", { email }));

/** Takes the token of a link in a mail: the account has the address from then on. */
export const verifyEmail = (token: string) => accepted(postJson("/api/auth/verify-email", { token }));

/** Takes the token that a former address got. Every session ends; answers a token for a new password. */
export async function revertEmail(token: string): Promise<string> {
  const response = await accepted(postJson("/api/auth/revert-email", { token }));
  return ((await response.json()) as ResetToken).token;
}

/** Takes the token of a mail about missed messages, which ends them. */
export async function unsubscribe(token: string): Promise<void> {
  await accepted(postJson(`/api/email-notifications/unsubscribe/${token}`, {}));
}

/** Takes the token of a link from an administrator or a mail. Every session ends; the user logs in with the new password. */
export async function resetPassword(token: string, new_password: string): Promise<void> {
  await accepted(postJson("/api/auth/reset-password", { token, new_password }));
}

async function accepted(answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  if (!response.ok) throw await failureFrom(response);
  return response;
}
