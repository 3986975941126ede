// What the components of this package need; the application provides it.
import { createContext } from "svelte";
import type { Access } from "../community/access";
import type { Toasts } from "../ui/toasts.svelte";
import type { HeldHistories, OpenThread } from "./gallery";
import type { FileRules } from "./rules.svelte";
import type { Uploads } from "./uploads.svelte";

export interface Needs {
  toasts: Toasts;
  access: Access;
  uploads: Uploads;
  fileRules: FileRules;
  threads: OpenThread;
  histories: HeldHistories;
  report: (error: unknown) => void;
}

export const [useApplication, provide] = createContext<Needs>();
