// Through whose eyes a server is looked at: one's own, or as a role or a member sees it. It decides what is shown and
// offered here, and never what the server allows: whatever is done is done by oneself.
import type { Channel, Id, Member } from "../api/types";
import type { Community } from "./community.svelte";
import { has, Permission, type Rights, type Standing } from "./rights.svelte";

export interface Eyes {
  server: Id;
  /** A member; or else somebody who has only this role, or none. */
  user: Id | null;
  role: Id | null;
}

export interface Judged {
  user: Id;
  member: Standing | undefined;
}

interface Needs {
  readonly community: Community;
  readonly rights: Rights;
  readonly user: { id: Id } | null;
}

export class Perspective {
  private eyes = $state<Eyes | null>(null);

  constructor(private readonly needs: Needs) {}

  /** With other eyes than one's own, if it is so in this server. */
  of(server: Id): Eyes | null {
    return this.eyes?.server === server ? this.eyes : null;
  }

  take(eyes: Eyes): void {
    this.eyes = eyes;
  }

  end(): void {
    this.eyes = null;
  }

  /** Who is judged when it is asked what may be done in a server. */
  judged(server: Id): Judged {
    const eyes = this.of(server);
    const member = (user: Id): Member | undefined => this.needs.community.member(server, user);
    const user = this.needs.user?.id ?? "";
    if (!eyes) return { user, member: member(user) };
    if (eyes.user) return { user: eyes.user, member: member(eyes.user) };
    return { user: "", member: { role_ids: eyes.role ? [eyes.role] : [], timeout_expires_at: null } };
  }

  /** The channels of a server that are shown. The server tells of no others than I may view. */
  channelsOf(server: Id): Channel[] {
    const all = this.needs.community.channelsOf(server);
    const found = this.needs.community.server(server);
    if (!found || !this.of(server)) return all;
    const { user, member } = this.judged(server);
    return all.filter((channel) =>
      has(this.needs.rights.inChannel(found, channel, user, member), Permission.VIEW_CHANNEL),
    );
  }
}
