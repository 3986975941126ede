// What few logins need: a further step, or a new password. It loads only then.
import { authenticate } from "./api";
import { failureFrom } from "./failure";
import { postJson } from "./tokens";
import type { StepAnswer } from "./types";

/** Continues a login that needs more than the password. */
export const takeStep = (answer: StepAnswer) => authenticate("/api/auth/login/step", answer);

/** Takes the token that an administrator passed on. Every session ends; the user logs in with the new password. */
export async function resetPassword(token: string, new_password: string): Promise<void> {
  const response = await postJson("/api/auth/reset-password", { token, new_password });
  if (!response.ok) throw await failureFrom(response);
}
