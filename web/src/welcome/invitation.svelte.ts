// What an invite leads to, or why it leads nowhere. Nobody needs an account for this.
import { invitePage } from "../api/api";
import { Failure, sentenceOf } from "../api/failure";
import type { InvitePage } from "../api/types";
import { text } from "../text/texts";

export class Invitation {
  found = $state.raw<InvitePage | null>(null);
  private failure = $state.raw<unknown>(null);

  /** Why it cannot be used; empty as far as it is known that it can. */
  readonly problem = $derived(this.failure === null ? "" : sentenceFor(this.failure));

  constructor(readonly code: string) {
    void this.look();
  }

  async look(): Promise<void> {
    try {
      this.found = await invitePage(this.code);
    } catch (error) {
      this.found = null;
      this.failure = error;
    }
  }
}

/** The texts of errors load later; a visitor's page does without them. */
function sentenceFor(failure: unknown): string {
  const { unknown, expired, usedUp, revoked } = text.invites;
  const known: Record<string, string> = {
    invite_unknown: unknown,
    invite_expired: expired,
    invite_used_up: usedUp,
    invite_revoked: revoked,
  };
  return (failure instanceof Failure && known[failure.code]) || sentenceOf(failure);
}
