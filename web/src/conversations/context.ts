// What components of this package need from a store above them.
import { createContext } from "svelte";
import type { Id } from "../api/types";

/** The read marks. */
export const [useReadMarks, provideReadMarks] = createContext<{ forget: (conversation: Id) => void }>();
