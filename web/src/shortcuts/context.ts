// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Community } from "../community/community.svelte";
import type { Conversations } from "../conversations/conversations.svelte";
import type { Navigation } from "../conversations/navigation";
import type { Friends } from "../friends/friends.svelte";
import type { Threads } from "../messages/threads.svelte";
import type { Unread } from "../messages/unread.svelte";
import type { Levels } from "../notifications/levels.svelte";
import type { People } from "../people/people.svelte";
import type { Route } from "../store/route.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Session } from "../store/session.svelte";
import type { Line } from "../voice/line.svelte";

export interface Needs {
  session: Session;
  route: Route;
  screen: Screen;
  people: People;
  community: Community;
  friends: Friends;
  conversations: Conversations;
  navigation: Navigation;
  line: Line;
  threads: Threads;
  unread: Unread;
  levels: Levels;
  report: (error: unknown) => void;
}

export const [useApplication, provide] = createContext<Needs>();
