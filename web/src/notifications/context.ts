// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Desktop } from "./desktop.svelte";
import type { Levels } from "./levels.svelte";

export interface Needs {
  levels: Levels;
  desktop: Desktop;
  report: (error: unknown) => void;
}

export const [useApplication, provide] = createContext<Needs>();
