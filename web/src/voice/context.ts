// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Community } from "../community/community.svelte";
import type { People } from "../people/people.svelte";
import type { Screen } from "../store/screen.svelte";
import type { Session } from "../store/session.svelte";
import type { Line } from "./line.svelte";
import type { Voices } from "./voices.svelte";

export interface Needs {
  session: Session;
  screen: Screen;
  people: People;
  community: Community;
  voices: Voices;
  line: Line;
  report: (error: unknown) => void;
}

export const [useApplication, provide] = createContext<Needs>();
