// What components of this package need from a store above them.
import { createContext } from "svelte";

/** What rings. */
export const [useRingSounds, provideRingSounds] = createContext<{
  repeat: (sound: "ring" | "ringBack", key: string) => () => void;
}>();
