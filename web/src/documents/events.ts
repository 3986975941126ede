// How events change the known documents.
import type { Appliers } from "../store/events";
import type { Documents } from "./documents.svelte";

export function documentEvents(
  documents: Documents,
): Appliers<"DOCUMENT_CREATE" | "DOCUMENT_UPDATE" | "DOCUMENT_DELETE"> {
  return {
    DOCUMENT_CREATE: (document) => documents.put(document),
    DOCUMENT_UPDATE: (document) => documents.put(document),
    DOCUMENT_DELETE: ({ id }) => documents.drop(id),
  };
}
