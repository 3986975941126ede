// What the actions need; the application provides it.
import type { Api } from "../api/api";
import type { Access } from "../community/access";
import type { Community } from "../community/community.svelte";
import type { Folds } from "../community/folds.svelte";
import type { Permissions } from "../community/permissions.svelte";
import type { Perspective } from "../community/perspective.svelte";
import type { Conversations } from "../conversations/conversations.svelte";
import type { Navigation } from "../conversations/navigation";
import type { Friends } from "../friends/friends.svelte";
import type { Unread } from "../messages/unread.svelte";
import type { Levels } from "../notifications/levels.svelte";
import type { People } from "../people/people.svelte";
import type { Route } from "../store/route.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Session } from "../store/session.svelte";
import type { Toasts } from "../ui/toasts.svelte";
import type { Line } from "../voice/line.svelte";
import type { Voices } from "../voice/voices.svelte";

export interface Needs {
  session: Session;
  route: Route;
  screen: Screen;
  api: Api;
  toasts: Toasts;
  people: People;
  community: Community;
  folds: Folds;
  permissions: Permissions;
  perspective: Perspective;
  access: Access;
  friends: Friends;
  conversations: Conversations;
  navigation: Navigation;
  line: Line;
  voices: Voices;
  unread: Unread;
  levels: Levels;
  report: (error: unknown) => void;
}
