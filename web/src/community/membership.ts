// Joining and leaving servers: by the user, here or in another tab, or by a moderator's action.
import type { Api } from "../api/api";
import type { Id, ServerCreation } from "../api/types";
import type { Route } from "../store/route.svelte";
import type { Departure } from "../sync/frames";
import { text } from "../text/texts";
import type { Toasts } from "../ui/toasts.svelte";
import type { Community } from "./community.svelte";
import type { Permissions } from "./permissions.svelte";

export interface MembershipNeeds {
  api: Pick<Api, "createServer" | "joinServer" | "acceptInvite" | "leaveServer" | "deleteServer" | "server">;
  community: Community;
  permissions: Permissions;
  route: Route;
  toasts: Toasts;
  levels: { joined: (server: Id) => Promise<void> };
  line: { rejoin: () => void };
  histories: { markStale: (channels: Id[]) => void };
  features: { forget: (topic: Id) => void; refresh: () => void };
}

export class Membership {
  private leaving: Id | null = null;

  constructor(private readonly needs: MembershipNeeds) {}

  async create(draft: ServerCreation): Promise<void> {
    const { api, community, route } = this.needs;
    const server = await api.createServer(draft);
    community.putServer(server);
    route.toServer(server.id);
  }

  async join(id: Id): Promise<void> {
    await this.needs.api.joinServer(id);
    await this.enter(id);
  }

  /** Joins the server of an invite, by its code. */
  async accept(code: string): Promise<void> {
    await this.enter((await this.needs.api.acceptInvite(code)).server_id);
  }

  private async enter(id: Id): Promise<void> {
    const { api, community, route, levels, toasts } = this.needs;
    community.putServer(await api.server(id));
    levels.joined(id).catch(toasts.report);
    route.toServer(id);
  }

  leave(id: Id): Promise<void> {
    return this.end(id, () => this.needs.api.leaveServer(id));
  }

  delete(id: Id): Promise<void> {
    return this.end(id, () => this.needs.api.deleteServer(id));
  }

  /** The user became a member of this server, here or in another tab; its events arrive from now on. */
  arrive(id: Id): void {
    const { api, community, permissions, toasts, histories, features } = this.needs;
    permissions.refetch(id).catch(toasts.report);
    community.markStale([id]);
    histories.markStale(community.channelsOf(id).map((channel) => channel.id));
    api
      .server(id)
      .then((server) => {
        community.putServer(server);
        features.refresh();
      })
      .catch(toasts.report);
  }

  /**
   * Fetches the channels of servers that are not open, to show what is unread in them: if they are unknown, or if a
   * change in `moved` may have made some of them visible.
   */
  fetchChannels(moved: ReadonlySet<Id>): void {
    const { community, route, line } = this.needs;
    for (const { id } of community.servers)
      if (id !== route.server && (moved.has(id) || !community.isKnown(id)))
        community.loadChannels(id, () => line.rejoin());
  }

  /** The user is no longer a member of this server; `told` says why, if someone else ended the membership. */
  left(server: Id, told: Departure | null): void {
    const { community, route, toasts } = this.needs;
    const name = community.server(server)?.name;
    const isNews = route.server === server && this.leaving !== server;
    this.forget(server);
    if (name && told && this.leaving !== server) toasts.stay(sentAway(name, told));
    else if (isNews && name) toasts.notice(text.servers.gone({ name }));
  }

  /** The event of the user's own action may arrive before the response, and is not announced. */
  private async end(id: Id, ending: () => Promise<unknown>): Promise<void> {
    this.leaving = id;
    try {
      await ending();
      this.forget(id);
    } finally {
      this.leaving = null;
    }
  }

  private forget(id: Id): void {
    const { community, route, features } = this.needs;
    for (const channel of community.channelsOf(id)) features.forget(channel.id);
    features.forget(id);
    community.removeServer(id);
    if (route.server === id) route.home();
  }
}

function sentAway(server: string, { departure, reason }: Departure): string {
  const told = departure === "MEMBER_BAN" ? text.servers.banned : text.servers.kicked;
  return told({ name: server }) + (reason ? ` ${text.servers.because({ reason })}` : "");
}
