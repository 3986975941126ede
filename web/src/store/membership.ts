// Coming into servers and leaving them: by my own deed, by another tab of mine, or by what somebody did to me.
import type { Id, ServerCreation } from "../api/types";
import type { Departure } from "../sync/frames";
import { text } from "../text/texts";
import type { Application } from "./application.svelte";

export class Membership {
  private leaving: Id | null = null;

  constructor(private readonly app: Application) {}

  async create(draft: ServerCreation): Promise<void> {
    const server = await this.app.api.createServer(draft);
    this.app.community.putServer(server);
    this.app.route.to(server.id, null);
  }

  async join(id: Id): Promise<void> {
    await this.app.api.joinServer(id);
    this.app.community.putServer(await this.app.api.server(id));
    this.app.route.to(id, null);
  }

  /** Leaves or deletes a server by my own deed, of which the event that may come first is no news. */
  async end(id: Id, deed: () => Promise<unknown>): Promise<void> {
    this.leaving = id;
    try {
      await deed();
      this.forget(id);
    } finally {
      this.leaving = null;
    }
  }

  /** I became a member of this server, here or in another tab; its events come from now on. */
  arrive(id: Id): void {
    const { app } = this;
    app.rights.relearn(id).catch(app.report);
    app.community.markStale([id]);
    app.histories.markStale(app.community.channelsOf(id).map((channel) => channel.id));
    app.api
      .server(id)
      .then((server) => {
        app.community.putServer(server);
        app.refreshOpen();
      })
      .catch(app.report);
  }

  /**
   * Learns the channels of the servers that are not open, so that they can show what is unread: where they are not
   * known, or where a change that `moved` tells of may have opened some to me.
   */
  survey(moved: ReadonlySet<Id>): void {
    const { community, route, line } = this.app;
    for (const { id } of community.servers)
      if (id !== route.server && (moved.has(id) || !community.isKnown(id)))
        community.loadChannels(id, () => line.rejoin());
  }

  /** I am no member of this server any more; `told` says what was done to me, if somebody did. */
  left(server: Id, told: Departure | null): void {
    const { community, route, toasts } = this.app;
    const name = community.server(server)?.name;
    const isNews = route.server === server && this.leaving !== server;
    this.forget(server);
    if (name && told && this.leaving !== server) toasts.stay(sentAway(name, told));
    else if (isNews && name) toasts.notice(text.servers.gone({ name }));
  }

  private forget(id: Id): void {
    const { community, histories, keeping, unread, voices, line, route } = this.app;
    for (const channel of community.channelsOf(id)) {
      histories.forget(channel.id);
      keeping.forget(channel.id);
      unread.forget(channel.id);
    }
    keeping.forget(id);
    voices.forget((state) => state.server_id === id);
    if (line.call?.channel.server_id === id) line.drop();
    community.removeServer(id);
    if (route.server === id) route.home();
  }
}

function sentAway(server: string, { departure, reason }: Departure): string {
  const told = departure === "MEMBER_BAN" ? text.servers.banned : text.servers.kicked;
  return told({ name: server }) + (reason ? ` ${text.servers.because({ reason })}` : "");
}
