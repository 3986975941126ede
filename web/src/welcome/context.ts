// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Api } from "../api/api";
import type { Community } from "../community/community.svelte";
import type { Membership } from "../community/membership";
import type { Live } from "../store/live.svelte";
import type { Route } from "../store/route.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Session } from "../store/session.svelte";
import type { Toasts } from "../ui/toasts.svelte";

export interface Needs {
  session: Session;
  api: Api;
  route: Route;
  screen: Screen;
  live: Live;
  community: Community;
  membership: Membership;
  toasts: Toasts;
}

export const [useApplication, provide] = createContext<Needs>();
