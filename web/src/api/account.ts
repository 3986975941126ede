// The routes about your own account: how others see it, how you log in, and what it uses.
import { answered, type Http } from "./http";
import type { EmailNotificationsChange, Id } from "./types";

export type AccountCalls = ReturnType<typeof accountCalls>;

export function accountCalls(http: Http) {
  const session = (session_id: Id) => ({ params: { path: { session_id } } });
  const bot = (bot_id: Id) => ({ params: { path: { bot_id } } });
  const after = (before?: Id) => ({ params: { query: before ? { before } : {} } });
  return {
    removeAvatar: () => answered(http.DELETE("/api/users/@me/avatar")),
    changePassword: (current_password: string, new_password: string) =>
      answered(http.POST("/api/auth/change-password", { body: { current_password, new_password } })),
    changeEmail: (current_password: string, email: string | null) =>
      answered(http.POST("/api/auth/change-email", { body: { current_password, email } })),
    requestDeletion: (current_password: string, erases_messages: boolean) =>
      answered(http.POST("/api/users/@me/deletion", { body: { current_password, erases_messages } })),
    keep: () => answered(http.DELETE("/api/users/@me/deletion")),
    exported: () => answered(http.GET("/api/users/@me/export/status")),
    startExport: () => answered(http.POST("/api/users/@me/export")),
    removeExport: () => answered(http.DELETE("/api/users/@me/export")),
    emailState: () => answered(http.GET("/api/auth/email")),
    sendVerification: () => answered(http.POST("/api/auth/email/verification")),
    emailNotifications: () => answered(http.GET("/api/users/@me/email-notifications")),
    changeEmailNotifications: (change: EmailNotificationsChange) =>
      answered(http.PATCH("/api/users/@me/email-notifications", { body: change })),
    sessions: () => answered(http.GET("/api/auth/sessions")),
    endSession: (id: Id) => answered(http.DELETE("/api/auth/sessions/{session_id}", session(id))),
    securityEvents: (before?: Id) => answered(http.GET("/api/users/@me/security-events", after(before))),
    bots: () => answered(http.GET("/api/bots")),
    createBot: (name: string, description: string | null) =>
      answered(http.POST("/api/bots", { body: { name, description } })),
    changeBot: (id: Id, name: string, description: string | null) =>
      answered(http.PATCH("/api/bots/{bot_id}", { ...bot(id), body: { name, description } })),
    revokeBot: (id: Id) => answered(http.DELETE("/api/bots/{bot_id}", bot(id))),
    renewBotToken: (id: Id) => answered(http.POST("/api/bots/{bot_id}/token/regenerate", bot(id))),
    botLogs: (id: Id) => answered(http.GET("/api/bots/{bot_id}/logs", bot(id))),
    usage: () => answered(http.GET("/api/usage")),

    /** For administrators of the instance: creates the token with which a user sets a new password. */
    resetToken: (email: string) => answered(http.POST("/api/auth/forgot-password", { body: { email } })),

    /** For administrators of the instance: what happened to all accounts. */
    allSecurityEvents: (before?: Id) => answered(http.GET("/api/admin/security-events", after(before))),
  };
}
