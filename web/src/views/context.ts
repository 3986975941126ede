// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Api } from "../api/api";
import type { Access } from "../community/access";
import type { Community } from "../community/community.svelte";
import type { Folds } from "../community/folds.svelte";
import type { Perspective } from "../community/perspective.svelte";
import type { Permissions } from "../community/permissions.svelte";
import type { Conversations } from "../conversations/conversations.svelte";
import type { Receipts } from "../conversations/receipts.svelte";
import type { Friends } from "../friends/friends.svelte";
import type { Drafts } from "../messages/drafts";
import type { Histories } from "../messages/history.svelte";
import type { Unread } from "../messages/unread.svelte";
import type { Levels } from "../notifications/levels.svelte";
import type { People } from "../people/people.svelte";
import type { Live } from "../store/live.svelte";
import type { Route } from "../store/route.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Session } from "../store/session.svelte";
import type { Line } from "../voice/line.svelte";
import type { Voices } from "../voice/voices.svelte";

export interface Needs {
  api: Api;
  session: Session;
  route: Route;
  screen: Screen;
  live: Live;
  people: People;
  community: Community;
  folds: Folds;
  permissions: Permissions;
  perspective: Perspective;
  access: Access;
  friends: Friends;
  conversations: Conversations;
  receipts: Receipts;
  voices: Voices;
  line: Line;
  drafts: Drafts;
  histories: Histories;
  unread: Unread;
  levels: Levels;
  report: (error: unknown) => void;
}

export const [useApplication, provide] = createContext<Needs>();
