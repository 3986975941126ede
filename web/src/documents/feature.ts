import type { Document } from "../api/documents";
import type { Id } from "../api/types";
import type { CreateFeature } from "../feature";
import { Documents } from "./documents.svelte";

declare module "../sync/frames" {
  interface Events {
    DOCUMENT_CREATE: Document;
    DOCUMENT_UPDATE: Document;
    DOCUMENT_DELETE: { id: Id; channel_id: Id };
  }
}

export const documents: CreateFeature = ({ session, api, positions, following }) => {
  const documents: Documents = new Documents({
    api: api.documents,
    positions,
    following,
    deliver: async () =>
      (await import("./opendocuments")).deliverAbandoned({ session, following, documents }),
  });
  return {
    stores: [documents],
    events: {
      DOCUMENT_CREATE: (document) => documents.put(document),
      DOCUMENT_UPDATE: (document) => documents.put(document),
      DOCUMENT_DELETE: ({ id }) => documents.drop(id),
    },
    resume: () => documents.ready(),
    refetch: () => documents.markStale(),
  };
};
