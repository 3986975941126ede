// What is being written, kept for each person and channel over reloads and restarts.
import type { Id } from "../api/types";
import { keep, recall } from "./storage";

const PREFIX = "coterie-draft-";
const keyOf = (user: Id, channel: Id): string => `${PREFIX}${user}-${channel}`;

export const draftOf = (user: Id, channel: Id): string => recall(keyOf(user, channel)) ?? "";
export const keepDraft = (user: Id, channel: Id, content: string): void =>
  keep(keyOf(user, channel), content || null);

/** Who logs out leaves nothing behind on a shared machine. */
export function forgetDrafts(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) keep(key, null);
}

/** Says only that something written in documents may not have been sent, so that nobody else has to look. */
export const UNSENT = "coterie-unsent";
export const DOCUMENTS = "coterie-documents";

export function forgetDocuments(): void {
  if (recall(UNSENT) === null) return;
  keep(UNSENT, null);
  indexedDB.deleteDatabase(DOCUMENTS);
}
