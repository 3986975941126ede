// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Id } from "../api/types";
import type { Friends } from "../friends/friends.svelte";
import type { People } from "../people/people.svelte";
import type { Route } from "../store/route.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Session } from "../store/session.svelte";
import type { Conversations } from "./conversations.svelte";

export interface Needs {
  session: Session;
  route: Route;
  screen: Screen;
  people: People;
  friends: Friends;
  conversations: Conversations;
  unread: { forget: (conversation: Id) => void };
  report: (error: unknown) => void;
}

export const [useApplication, provide] = createContext<Needs>();
