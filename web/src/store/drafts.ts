// What is being written, kept for each channel over reloads and restarts.
import type { Id } from "../api/types";
import { keep, recall } from "./storage";

const PREFIX = "coterie-draft-";

export const draftOf = (channel: Id): string => recall(PREFIX + channel) ?? "";
export const keepDraft = (channel: Id, content: string): void => keep(PREFIX + channel, content || null);

/** Nothing written by one person is shown to the next one in the same browser. */
export function forgetDrafts(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) keep(key, null);
}
