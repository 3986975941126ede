// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Route } from "../store/route.svelte";
import type { Session } from "../store/session.svelte";
import type { Toasts } from "../ui/toasts.svelte";

export interface Needs {
  session: Session;
  route: Route;
  toasts: Toasts;
}

export const [useApplication, provide] = createContext<Needs>();
