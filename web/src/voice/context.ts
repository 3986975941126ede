// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Community } from "../community/community.svelte";
import type { Conversations } from "../conversations/conversations.svelte";
import type { People } from "../people/people.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Route } from "../store/route.svelte";
import type { Session } from "../store/session.svelte";
import type { Toasts } from "../ui/toasts.svelte";
import type { Line } from "./line.svelte";
import type { Ringing } from "./ringing.svelte";
import type { Voices } from "./voices.svelte";

export interface Needs {
  session: Session;
  route: Route;
  screen: Screen;
  people: People;
  community: Community;
  voices: Voices;
  line: Line;
  ringing: Ringing;
  conversations: Conversations;
  toasts: Toasts;
  sounds: { repeat: (sound: "ring" | "ringBack", key: string) => () => void };
  report: (error: unknown) => void;
}

export const [useApplication, provide] = createContext<Needs>();
