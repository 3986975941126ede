// Who may do what with a document: the rights in its channel or conversation say so. The server decides; this only
// decides what to offer.
import type { Document } from "../api/documents";
import type { Place } from "../api/types";
import type { Application } from "../store/application.svelte";

export const mayWrite = (app: Application, place: Place): boolean => app.mayIn(place, "SEND_MESSAGES");

/** Rename, pin, archive, restore, and bring an earlier text back. */
export function mayManage(app: Application, place: Place, document: Document): boolean {
  if (!mayWrite(app, place)) return false;
  return (
    document.created_by === app.user?.id || place.server_id === null || app.mayIn(place, "MANAGE_MESSAGES")
  );
}

export function mayDelete(app: Application, place: Place, document: Document): boolean {
  if (!mayWrite(app, place)) return false;
  const isModerator = place.server_id !== null && app.mayIn(place, "MANAGE_MESSAGES");
  return document.created_by === app.user?.id || isModerator;
}
