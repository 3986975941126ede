// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Community } from "../community/community.svelte";

export interface Needs {
  community: Community;
}

export const [useApplication, provide] = createContext<Needs>();
