// How outgoing messages reach the server, the browser's storage and the other tabs.
import type { Api } from "../api/api";
import type { Conversations } from "../conversations/conversations.svelte";
import { pendingStore, type LocalDatabase } from "../store/local/database";
import type { Tabs } from "../store/tabs";
import type { Toasts } from "../ui/toasts.svelte";
import type { OutboxAnnouncement, OutboxNeeds } from "./outbox.svelte";
import type { Talk } from "./talk.svelte";
import type { Threads } from "./threads.svelte";

interface Needs {
  api: Api;
  local: LocalDatabase;
  tabs: Pick<Tabs<never>, "alone"> & { broadcast: (announcement: OutboxAnnouncement) => void };
  conversations: Conversations;
  talk: Talk;
  threads: Threads;
  toasts: Toasts;
}

export function senderOf(needs: Needs): OutboxNeeds {
  return {
    api: needs.api,
    confirmed: (message) => needs.talk.receive(message),
    refused({ channel, thread }, error) {
      needs.conversations.refused(channel, error);
      if (thread && thread !== needs.threads.current?.root.id) needs.toasts.report(error); // its row is not visible
    },
    ...pendingStore(needs.local, "outbox"),
    announce: (announcement) => needs.tabs.broadcast(announcement),
    alone: (channel, work) => needs.tabs.alone(channel, work),
  };
}
