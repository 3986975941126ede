// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Api } from "../api/api";
import type { Access } from "../community/access";
import type { Community } from "../community/community.svelte";
import type { Perspective } from "../community/perspective.svelte";
import type { Permissions } from "../community/permissions.svelte";
import type { Navigation } from "../conversations/navigation";
import type { Friends } from "../friends/friends.svelte";
import type { People } from "../people/people.svelte";
import type { Route } from "../store/route.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Session } from "../store/session.svelte";
import type { Toasts } from "../ui/toasts.svelte";
import type { Voices } from "../voice/voices.svelte";

export interface Needs {
  session: Session;
  route: Route;
  screen: Screen;
  api: Api;
  toasts: Toasts;
  people: People;
  community: Community;
  permissions: Permissions;
  perspective: Perspective;
  access: Access;
  friends: Friends;
  navigation: Navigation;
  voices: Voices;
  report: (error: unknown) => void;
}

export const [useApplication, provide] = createContext<Needs>();
