// What a user can do with a document, by their permissions in its channel or conversation. The server decides; this
// only decides what to offer.
import type { Document } from "../api/documents";
import type { Place } from "../api/types";
import type { Session } from "../store/session.svelte";
import type { Access } from "../community/access";

export interface Needs {
  session: Session;
  access: Access;
}

export const mayWrite = (needs: Pick<Needs, "access">, place: Place): boolean =>
  needs.access.mayIn(place, "SEND_MESSAGES");

/** Rename, pin, archive, restore, and return to an earlier text. */
export function mayManage(needs: Needs, place: Place, document: Document): boolean {
  if (!mayWrite(needs, place)) return false;
  return (
    document.created_by === needs.session.user?.id ||
    place.server_id === null ||
    needs.access.mayIn(place, "MANAGE_MESSAGES")
  );
}

export function mayDelete(needs: Needs, place: Place, document: Document): boolean {
  if (!mayWrite(needs, place)) return false;
  const isModerator = place.server_id !== null && needs.access.mayIn(place, "MANAGE_MESSAGES");
  return document.created_by === needs.session.user?.id || isModerator;
}
