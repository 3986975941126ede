// The routes about documents, one function each. The text itself has its own interface.
import { answered, type Http } from "./http";
import type { components } from "./schema";

type Schemas = components["schemas"];
type Id = string;

export type Document = Schemas["Document"];
export type DocumentChange = Schemas["DocumentChange"];
export type HistoryEntry = Schemas["HistoryEntry"];
export type Authored = Schemas["Authored"];
export type DocumentCalls = ReturnType<typeof documentCalls>;

export function documentCalls(http: Http) {
  return {
    in: (channel_id: Id, archived = false) =>
      answered(
        http.GET("/api/channels/{channel_id}/documents", {
          params: { path: { channel_id }, query: { archived } },
        }),
      ),
    create: (channel_id: Id, title: string) =>
      answered(
        http.POST("/api/channels/{channel_id}/documents", {
          params: { path: { channel_id } },
          body: { title },
        }),
      ),
    get: (id: Id) => answered(http.GET("/api/documents/{document_id}", of(id))),
    change: (id: Id, body: DocumentChange) =>
      answered(http.PATCH("/api/documents/{document_id}", { ...of(id), body })),
    delete: (id: Id) => answered(http.DELETE("/api/documents/{document_id}", of(id))),
    history: (document_id: Id, before?: number) =>
      answered(
        http.GET("/api/documents/{document_id}/history", {
          params: { path: { document_id }, query: before === undefined ? {} : { before } },
        }),
      ),
    text: (document_id: Id, version: string[]) =>
      answered(
        http.GET("/api/documents/{document_id}/text", {
          params: { path: { document_id }, query: { version } },
        }),
      ),
    revert: (id: Id, version: string[]) =>
      answered(http.POST("/api/documents/{document_id}/revert", { ...of(id), body: { version } })),
    authors: (id: Id) => answered(http.GET("/api/documents/{document_id}/authors", of(id))),
  };
}

const of = (document_id: Id) => ({ params: { path: { document_id } } });
