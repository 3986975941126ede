// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Api } from "../api/api";
import type { Access } from "../community/access";
import type { Community } from "../community/community.svelte";
import type { Perspective } from "../community/perspective.svelte";
import type { Permissions } from "../community/permissions.svelte";
import type { Conversations } from "../conversations/conversations.svelte";
import type { Navigation } from "../conversations/navigation";
import type { Receipts } from "../conversations/receipts.svelte";
import type { Uploads } from "../files/uploads.svelte";
import type { Friends } from "../friends/friends.svelte";
import type { People } from "../people/people.svelte";
import type { Following } from "../store/following";
import type { Live } from "../store/live.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Session } from "../store/session.svelte";
import type { Toasts } from "../ui/toasts.svelte";
import type { Drafts } from "./drafts";
import type { CustomEmojis } from "./emoji/custom.svelte";
import type { Histories } from "./history.svelte";
import type { Outbox } from "./outbox.svelte";
import type { Previews } from "./previews.svelte";
import type { Talk } from "./talk.svelte";
import type { Threads } from "./threads.svelte";
import type { TypingNotices } from "./typing.svelte";
import type { Unread } from "./unread.svelte";

export interface Needs {
  session: Session;
  screen: Screen;
  live: Live;
  following: Following;
  api: Api;
  toasts: Toasts;
  people: People;
  community: Community;
  permissions: Permissions;
  perspective: Perspective;
  access: Access;
  friends: Friends;
  conversations: Conversations;
  receipts: Receipts;
  navigation: Navigation;
  uploads: Uploads;
  threads: Threads;
  histories: Histories;
  outbox: Outbox;
  unread: Unread;
  drafts: Drafts;
  typing: TypingNotices;
  previews: Previews;
  talk: Talk;
  emojis: CustomEmojis;
  report: (error: unknown) => void;
  discard: (nonce: string) => void;
}

export const [useApplication, provide] = createContext<Needs>();
