// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Api } from "../api/api";
import type { Access } from "../community/access";
import type { People } from "../people/people.svelte";
import type { Following } from "../store/following";
import type { Live } from "../store/live.svelte";
import type { LocalDatabase } from "../store/local/database";
import type { Route } from "../store/route.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Session } from "../store/session.svelte";
import type { Toasts } from "../ui/toasts.svelte";
import type { Documents } from "./documents.svelte";

export interface Needs {
  session: Session;
  route: Route;
  screen: Screen;
  live: Live;
  local: LocalDatabase;
  following: Following;
  api: Api;
  toasts: Toasts;
  people: People;
  access: Access;
  documents: Documents;
  report: (error: unknown) => void;
}

export const [useApplication, provide] = createContext<Needs>();
