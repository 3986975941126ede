// The routes for administrators of the instance: people, servers and figures.
import { answered } from "../api/http";
import type { Api } from "../api/api";
import type { Id, PeopleOrder } from "../api/types";

export type AdminCalls = ReturnType<typeof adminCallsOf>;

interface Page {
  search: string;
  page: number;
  per_page: number;
}

export function adminCallsOf({ http }: Api) {
  const user = (user_id: Id) => ({ params: { path: { user_id } } });
  return {
    users: (query: Page & { sort_by: PeopleOrder }) =>
      answered(http.GET("/api/admin/users", { params: { query } })),
    changeUser: (id: Id, body: { is_admin?: boolean; disabled?: boolean }) =>
      answered(http.PATCH("/api/admin/users/{user_id}", { ...user(id), body, parseAs: "text" })),
    deleteUser: (id: Id) => answered(http.DELETE("/api/admin/users/{user_id}", user(id))),
    endSessions: (id: Id) => answered(http.DELETE("/api/admin/users/{user_id}/sessions", user(id))),
    resetLink: (id: Id) => answered(http.POST("/api/admin/users/{user_id}/reset-link", user(id))),
    servers: (query: Page) => answered(http.GET("/api/admin/servers", { params: { query } })),
    deleteServer: (server_id: Id) =>
      answered(http.DELETE("/api/admin/servers/{server_id}", { params: { path: { server_id } } })),
    stats: () => answered(http.GET("/api/admin/stats")),
    statistics: () => answered(http.GET("/api/admin/statistics")),
    health: () => answered(http.GET("/api/admin/health")),
  };
}
