// What components of this package need from a store above them.
import { createContext } from "svelte";
import type { Id } from "../api/types";

/** Opens the conversation with a friend. */
export const [useWriting, provideWriting] = createContext<(user: Id) => Promise<void>>();
