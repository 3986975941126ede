// What a user can do with a document, by their permissions in its channel or conversation. The server decides; this
// only decides what to offer.
import type { Document } from "../api/documents";
import type { Place } from "../api/types";
import type { Needs } from "./context";

export const mayWrite = (app: Needs, place: Place): boolean => app.access.mayIn(place, "SEND_MESSAGES");

/** Rename, pin, archive, restore, and return to an earlier text. */
export function mayManage(app: Needs, place: Place, document: Document): boolean {
  if (!mayWrite(app, place)) return false;
  return (
    document.created_by === app.session.user?.id ||
    place.server_id === null ||
    app.access.mayIn(place, "MANAGE_MESSAGES")
  );
}

export function mayDelete(app: Needs, place: Place, document: Document): boolean {
  if (!mayWrite(app, place)) return false;
  const isModerator = place.server_id !== null && app.access.mayIn(place, "MANAGE_MESSAGES");
  return document.created_by === app.session.user?.id || isModerator;
}
