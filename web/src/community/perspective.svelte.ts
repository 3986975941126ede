// As whom you see a server: as yourself, or as a role or a member would. This changes what the client shows and offers,
// never what the server allows: whatever you do, you do as yourself.
//
// To hide things on request, the server would need a second kind of session, and it could not show anything that you
// cannot view.
import type { Channel, Id, Member } from "../api/types";
import type { Community } from "./community.svelte";
import { has, Permission, type Permissions, type RolesAndTimeout } from "./permissions.svelte";

export interface Viewer {
  server: Id;
  /** A member; or null for anyone who has only this role, or none. */
  user: Id | null;
  role: Id | null;
}

export interface Subject {
  user: Id;
  member: RolesAndTimeout | undefined;
}

interface Needs {
  readonly community: Community;
  readonly permissions: Permissions;
  readonly session: { user: { id: Id } | null };
}

export class Perspective {
  private viewer = $state<Viewer | null>(null);

  constructor(private readonly needs: Needs) {}

  /** As whom the user sees this server, if not as themselves. */
  of(server: Id): Viewer | null {
    return this.viewer?.server === server ? this.viewer : null;
  }

  take(viewer: Viewer): void {
    this.viewer = viewer;
  }

  end(): void {
    this.viewer = null;
  }

  /** Whose permissions apply when the client decides what to offer. */
  subject(server: Id): Subject {
    const viewer = this.of(server);
    const member = (user: Id): Member | undefined => this.needs.community.member(server, user);
    const user = this.needs.session.user?.id ?? "";
    if (!viewer) return { user, member: member(user) };
    if (viewer.user) return { user: viewer.user, member: member(viewer.user) };
    return { user: "", member: { role_ids: viewer.role ? [viewer.role] : [], timeout_expires_at: null } };
  }

  /** The channels of a server that are shown. The server only sends channels that the user can view. */
  channelsOf(server: Id): Channel[] {
    const all = this.needs.community.channelsOf(server);
    const found = this.needs.community.server(server);
    if (!found || !this.of(server)) return all;
    const { user, member } = this.subject(server);
    return all.filter((channel) =>
      has(this.needs.permissions.inChannel(found, channel, user, member), Permission.VIEW_CHANNEL),
    );
  }
}
