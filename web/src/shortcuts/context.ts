// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Needs as ActionNeeds } from "../actions/context";
import type { Threads } from "../messages/threads.svelte";

/** Also what the actions need, because the switcher offers all of them. */
export interface Needs extends ActionNeeds {
  threads: Threads;
}

export const [useApplication, provide] = createContext<Needs>();
