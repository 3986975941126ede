// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Api } from "../api/api";
import type { ProfileChange } from "../api/types";
import type { Access } from "../community/access";
import type { Community } from "../community/community.svelte";
import type { Membership } from "../community/membership";
import type { Perspective } from "../community/perspective.svelte";
import type { Permissions } from "../community/permissions.svelte";
import type { Conversations } from "../conversations/conversations.svelte";
import type { Navigation } from "../conversations/navigation";
import type { Friends } from "../friends/friends.svelte";
import type { Outbox } from "../messages/outbox.svelte";
import type { Threads } from "../messages/threads.svelte";
import type { Unread } from "../messages/unread.svelte";
import type { Levels } from "../notifications/levels.svelte";
import type { People } from "../people/people.svelte";
import type { Live } from "../store/live.svelte";
import type { LocalDatabase } from "../store/local/database";
import type { Route } from "../store/route.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Session } from "../store/session.svelte";
import type { Appearance } from "../ui/appearance.svelte";
import type { Toasts } from "../ui/toasts.svelte";
import type { Line } from "../voice/line.svelte";
import type { Updates } from "./updates.svelte";

export interface Needs {
  session: Session;
  route: Route;
  screen: Screen;
  live: Live;
  local: LocalDatabase;
  api: Api;
  toasts: Toasts;
  appearance: Appearance;
  updates: Updates;
  people: People;
  community: Community;
  permissions: Permissions;
  perspective: Perspective;
  access: Access;
  membership: Membership;
  friends: Friends;
  conversations: Conversations;
  navigation: Navigation;
  line: Line;
  threads: Threads;
  outbox: Outbox;
  unread: Unread;
  levels: Levels;
  report: (error: unknown) => void;
  updateMe: (change: ProfileChange) => Promise<void>;
}

export const [useApplication, provide] = createContext<Needs>();
