// What is held and may be out of date: fetched again now if it is on the screen, else when it is next needed.
import type { Id } from "./api/types";
import type { Community } from "./community/community.svelte";
import type { Permissions } from "./community/permissions.svelte";
import type { Conversations } from "./conversations/conversations.svelte";
import type { Receipts } from "./conversations/receipts.svelte";
import type { Documents } from "./documents/documents.svelte";
import type { Friends } from "./friends/friends.svelte";
import type { Inbox } from "./inbox/inbox.svelte";
import type { Histories } from "./messages/history.svelte";
import type { Threads } from "./messages/threads.svelte";
import type { Unread } from "./messages/unread.svelte";
import type { Levels } from "./notifications/levels.svelte";
import type { Snapshots } from "./store/local/snapshots";
import type { Route } from "./store/route.svelte";
import type { Session } from "./store/session.svelte";

interface Open {
  route: Route;
  community: Community;
  conversations: Conversations;
  receipts: Receipts;
  histories: Histories;
  report: (error: unknown) => void;
}

interface Held extends Open {
  session: Session;
  permissions: Permissions;
  friends: Friends;
  levels: Levels;
  threads: Threads;
  unread: Unread;
  inbox: Inbox;
  documents: Documents;
}

/** Fetches again what is on the screen. */
export function refreshOpen({ route, community, conversations, receipts, histories, report }: Open): void {
  const { server, channel, conversation } = route;
  if (server && community.server(server)) community.load(server).catch(report);
  if (channel && community.channel(channel)) void histories.of(channel).open();
  if (conversation && conversations.of(conversation)) {
    void histories.of(conversation).open();
    receipts.load(conversation);
  }
}

/** What is held of a topic cannot be brought up to date. */
export function refetch(app: Held, topic: Id): void {
  const isMe = topic === app.session.user?.id;
  if (app.community.server(topic)) {
    app.community.markStale([topic]);
    app.permissions.refetch(topic).catch(app.report);
  }
  if (isMe) app.friends.refetch().catch(app.report);
  if (app.conversations.of(topic)) {
    app.receipts.markStale();
    app.conversations.refetch(topic);
  }
  if (isMe) app.levels.refetch().catch(app.report);
  app.histories.markStale([topic]);
  app.threads.refetch(topic);
  app.documents.markStale();
  app.unread.refetch();
  app.inbox.refetch();
  refreshOpen(app);
}

/** Drops what is no longer followed; servers are fetched again when they are opened. */
export function retain(
  { community, histories, snapshots }: Pick<Held, "community" | "histories"> & { snapshots: Snapshots },
  followed: Record<Id, number>,
): void {
  const isThere = (id: Id) => id in followed;
  community.markStale(community.servers.map((server) => server.id));
  community.retainChannels(isThere);
  histories.retain(isThere);
  void snapshots.retain(new Set(Object.keys(followed)));
}
