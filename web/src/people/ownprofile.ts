// The user's own profile: what they change about it, and what comes back.
import type { Api } from "../api/api";
import type { Profile, ProfileChange, User } from "../api/types";
import type { Session } from "../store/session.svelte";
import type { People } from "./people.svelte";

export class OwnProfile {
  constructor(
    private readonly api: Api,
    private readonly session: Session,
    private readonly people: People,
  ) {}

  async change(change: ProfileChange): Promise<void> {
    this.adopt(await this.api.updateMe(change));
  }

  /** Also another person's, whose profile has changed. */
  adopt(profile: Profile | User): void {
    if (profile.id === this.session.user?.id) this.session.user = { ...this.session.user, ...profile };
    this.people.change(profile);
  }
}
