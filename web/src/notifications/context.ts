// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Desktop } from "./desktop.svelte";
import type { Levels } from "./levels.svelte";
import type { NotificationSounds } from "./sounds.svelte";

export interface Needs {
  levels: Levels;
  desktop: Desktop;
  sounds: NotificationSounds;
  report: (error: unknown) => void;
}

export const [useApplication, provide] = createContext<Needs>();
