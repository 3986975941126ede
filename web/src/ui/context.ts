// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Toasts } from "./toasts.svelte";

export interface Needs {
  toasts: Toasts;
  report: (error: unknown) => void;
}

export const [useApplication, provide] = createContext<Needs>();
