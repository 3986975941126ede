// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Layers } from "../store/layers";
import type { Toasts } from "./toasts.svelte";

export interface Needs {
  toasts: Toasts;
  layers: Layers;
  report: (error: unknown) => void;
}

export const [useApplication, provide] = createContext<Needs>();
