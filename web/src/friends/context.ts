// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Id } from "../api/types";
import type { People } from "../people/people.svelte";
import type { Route } from "../store/route.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Friends } from "./friends.svelte";

export interface Needs {
  route: Route;
  screen: Screen;
  people: People;
  friends: Friends;
  navigation: Record<"writeTo" | "callTo", (user: Id) => Promise<void>>;
  report: (error: unknown) => void;
}

export const [useApplication, provide] = createContext<Needs>();
