// The routes about one's own account: how it is seen, how one gets in, and what it uses.
import { answered, type Http } from "./http";
import type { Id } from "./types";

export type AccountCalls = ReturnType<typeof accountCalls>;

export function accountCalls(http: Http) {
  const session = (session_id: Id) => ({ params: { path: { session_id } } });
  return {
    removeAvatar: () => answered(http.DELETE("/api/users/@me/avatar")),
    changePassword: (current_password: string, new_password: string) =>
      answered(http.POST("/api/auth/change-password", { body: { current_password, new_password } })),
    changeEmail: (current_password: string, email: string | null) =>
      answered(http.POST("/api/auth/change-email", { body: { current_password, email } })),
    sessions: () => answered(http.GET("/api/auth/sessions")),
    endSession: (id: Id) => answered(http.DELETE("/api/auth/sessions/{session_id}", session(id))),
    usage: () => answered(http.GET("/api/usage")),

    /** For administrators of the instance: what somebody who forgot their password needs. */
    resetToken: (email: string) => answered(http.POST("/api/auth/forgot-password", { body: { email } })),
  };
}
