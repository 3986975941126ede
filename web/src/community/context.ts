// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Api } from "../api/api";
import type { Route } from "../store/route.svelte";
import type { Session } from "../store/session.svelte";
import type { Community } from "./community.svelte";
import type { Membership } from "./membership";
import type { Permissions } from "./permissions.svelte";

export interface Needs {
  session: Session;
  route: Route;
  api: Api;
  community: Community;
  membership: Membership;
  permissions: Permissions;
}

export const [useApplication, provide] = createContext<Needs>();
