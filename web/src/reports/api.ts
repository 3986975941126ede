// The routes of reports: reporting, and deciding about reports, in a server or for the whole instance.
import { answered } from "../api/http";
import type { Api } from "../api/api";
import type { Id, ReportCategory, ReportChange, ReportState } from "../api/types";

interface ReportQuery {
  state?: ReportState;
  before?: Id;
  limit: number;
}

interface Reason {
  category: ReportCategory;
  reason: string | null;
}

export type ReportCalls = ReturnType<typeof reportCallsOf>;

export function reportCallsOf({ http }: Api) {
  return {
    message: (message_id: Id, body: Reason) =>
      answered(http.POST("/api/messages/{message_id}/report", { params: { path: { message_id } }, body })),
    user: (user_id: Id, body: Reason & { server_id: Id }) =>
      answered(http.POST("/api/users/{user_id}/report", { params: { path: { user_id } }, body })),
    server: (server_id: Id, body: Reason) =>
      answered(http.POST("/api/servers/{server_id}/report", { params: { path: { server_id } }, body })),
    own: (query: Omit<ReportQuery, "state">) =>
      answered(http.GET("/api/users/@me/reports", { params: { query } })),
  };
}

export type QueueCalls = ReturnType<typeof queueCallsOf>;

/** The queue of a server, or with null of the instance. */
export function queueCallsOf({ http }: Api, server_id: Id | null) {
  if (server_id === null)
    return {
      page: (query: ReportQuery) => answered(http.GET("/api/admin/reports", { params: { query } })),
      one: (report_id: Id) =>
        answered(http.GET("/api/admin/reports/{report_id}", { params: { path: { report_id } } })),
      change: (report_id: Id, body: ReportChange) =>
        answered(
          http.PATCH("/api/admin/reports/{report_id}", {
            params: { path: { report_id } },
            body: { escalate: false, ...body },
          }),
        ),
    };
  const one = (report_id: Id) => ({ params: { path: { server_id, report_id } } });
  return {
    page: (query: ReportQuery) =>
      answered(http.GET("/api/servers/{server_id}/reports", { params: { path: { server_id }, query } })),
    one: (report_id: Id) =>
      answered(http.GET("/api/servers/{server_id}/reports/{report_id}", one(report_id))),
    change: (report_id: Id, body: ReportChange) =>
      answered(
        http.PATCH("/api/servers/{server_id}/reports/{report_id}", {
          ...one(report_id),
          body: { escalate: false, ...body },
        }),
      ),
  };
}
