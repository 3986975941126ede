// The routes for managing a server, apart from those that every member needs.
import { answered } from "./http";
import type { Api } from "./api";
import type {
  InviteCreation,
  OverrideSetting,
  RoleChange,
  RoleCreation,
  Id,
  TimeoutOrder,
  VoiceModeration,
  WebhookChange,
  WebhookCreation,
} from "./types";

/** The API document leaves out the bodies of a kick and a ban, because they are optional. */
interface BanOrder {
  reason: string | null;
  delete_message_hours: number;
}

interface AuditQuery {
  before?: string;
  action?: string;
  actor_id?: Id;
  target_type?: string;
  limit: number;
}

export type Calls = ReturnType<typeof callsOf>;

export function callsOf({ http }: Api) {
  const server = (server_id: Id) => ({ params: { path: { server_id } } });
  const role = (server_id: Id, role_id: Id) => ({ params: { path: { server_id, role_id } } });
  const member = (server_id: Id, user_id: Id) => ({ params: { path: { server_id, user_id } } });
  const talking = (channel_id: Id, user_id: Id) => ({ params: { path: { channel_id, user_id } } });
  const hook = (server_id: Id, webhook_id: Id) => ({ params: { path: { server_id, webhook_id } } });
  const given = (server_id: Id, user_id: Id, role_id: Id) => ({
    params: { path: { server_id, user_id, role_id } },
  });
  return {
    /** What would go now with these settings, which are not saved. */
    retention: (server_id: Id, days: number, keeps_pins: boolean) => {
      const params = { path: { server_id }, query: { days, keeps_pins } };
      return answered(http.GET("/api/servers/{server_id}/retention-preview", { params }));
    },
    createRole: (id: Id, body: RoleCreation) =>
      answered(http.POST("/api/servers/{server_id}/roles", { ...server(id), body })),
    updateRole: (id: Id, of: Id, body: RoleChange) =>
      answered(http.PATCH("/api/servers/{server_id}/roles/{role_id}", { ...role(id, of), body })),
    deleteRole: (id: Id, of: Id) =>
      answered(http.DELETE("/api/servers/{server_id}/roles/{role_id}", role(id, of))),
    giveRole: (id: Id, user: Id, of: Id) =>
      answered(http.PUT("/api/servers/{server_id}/members/{user_id}/roles/{role_id}", given(id, user, of))),
    takeRole: (id: Id, user: Id, of: Id) =>
      answered(
        http.DELETE("/api/servers/{server_id}/members/{user_id}/roles/{role_id}", given(id, user, of)),
      ),
    setNickname: (id: Id, user: Id, nickname: string | null) =>
      answered(
        http.PATCH("/api/servers/{server_id}/members/{user_id}", { ...member(id, user), body: { nickname } }),
      ),
    setOwnNickname: (id: Id, nickname: string | null) =>
      answered(http.PATCH("/api/servers/{server_id}/members/@me", { ...server(id), body: { nickname } })),

    setOverride: (channel_id: Id, body: OverrideSetting) =>
      answered(http.PUT("/api/channels/{channel_id}/overrides", { params: { path: { channel_id } }, body })),
    deleteOverride: (channel_id: Id, override_id: Id) =>
      answered(
        http.DELETE("/api/channels/{channel_id}/overrides/{override_id}", {
          params: { path: { channel_id, override_id } },
        }),
      ),
    permissionsAs: (channel_id: Id, query: { role_id: Id } | { user_id: Id }) =>
      answered(
        http.GET("/api/channels/{channel_id}/permissions", { params: { path: { channel_id }, query } }),
      ),

    kick: (id: Id, user: Id, reason: string | null) =>
      answered(
        http.POST("/api/servers/{server_id}/members/{user_id}/kick", {
          ...member(id, user),
          body: { reason } as never,
        }),
      ),
    ban: (id: Id, user: Id, body: BanOrder) =>
      answered(
        http.POST("/api/servers/{server_id}/members/{user_id}/ban", {
          ...member(id, user),
          body: body as never,
        }),
      ),
    timeOut: (id: Id, user: Id, body: TimeoutOrder) =>
      answered(
        http.POST("/api/servers/{server_id}/members/{user_id}/timeout", { ...member(id, user), body }),
      ),
    endTimeout: (id: Id, user: Id) =>
      answered(http.DELETE("/api/servers/{server_id}/members/{user_id}/timeout", member(id, user))),
    bans: (server_id: Id, after: Id | null, limit: number) =>
      answered(
        http.GET("/api/servers/{server_id}/bans", {
          params: { path: { server_id }, query: after ? { after, limit } : { limit } },
        }),
      ),
    findBans: (server_id: Id, query: string, limit: number) =>
      answered(
        http.GET("/api/servers/{server_id}/bans", {
          params: { path: { server_id }, query: { q: query, limit } },
        }),
      ),
    restoreMessages: (id: Id, user: Id) =>
      answered(http.POST("/api/servers/{server_id}/bans/{user_id}/restore-messages", member(id, user))),
    unban: (id: Id, user: Id) =>
      answered(http.DELETE("/api/servers/{server_id}/bans/{user_id}", member(id, user))),

    moderateVoice: (channel: Id, user: Id, body: VoiceModeration) =>
      answered(http.PATCH("/api/channels/{channel_id}/voice/{user_id}", { ...talking(channel, user), body })),
    putOutOfVoice: (channel: Id, user: Id) =>
      answered(http.DELETE("/api/channels/{channel_id}/voice/{user_id}", talking(channel, user))),

    handOver: (id: Id, user_id: Id) =>
      answered(http.PUT("/api/servers/{server_id}/owner", { ...server(id), body: { user_id } })),
    invites: (id: Id) => answered(http.GET("/api/servers/{server_id}/invites", server(id))),
    createInvite: (id: Id, body: InviteCreation) =>
      answered(http.POST("/api/servers/{server_id}/invites", { ...server(id), body })),
    revokeInvite: (server_id: Id, invite_id: Id) =>
      answered(
        http.DELETE("/api/servers/{server_id}/invites/{invite_id}", {
          params: { path: { server_id, invite_id } },
        }),
      ),

    webhooks: (id: Id) => answered(http.GET("/api/servers/{server_id}/webhooks", server(id))),
    createWebhook: (id: Id, body: WebhookCreation) =>
      answered(http.POST("/api/servers/{server_id}/webhooks", { ...server(id), body })),
    changeWebhook: (id: Id, of: Id, body: WebhookChange) =>
      answered(http.PATCH("/api/servers/{server_id}/webhooks/{webhook_id}", { ...hook(id, of), body })),
    deleteWebhook: (id: Id, of: Id) =>
      answered(http.DELETE("/api/servers/{server_id}/webhooks/{webhook_id}", hook(id, of))),
    testWebhook: (id: Id, of: Id) =>
      answered(http.POST("/api/servers/{server_id}/webhooks/{webhook_id}/test", hook(id, of))),

    exported: (id: Id) => answered(http.GET("/api/servers/{server_id}/export/status", server(id))),
    startExport: (id: Id) => answered(http.POST("/api/servers/{server_id}/export", server(id))),
    removeExport: (id: Id) => answered(http.DELETE("/api/servers/{server_id}/export", server(id))),

    clearIcon: (id: Id) => answered(http.DELETE("/api/servers/{server_id}/icon", server(id))),
    audit: (server_id: Id, query: AuditQuery) =>
      answered(http.GET("/api/servers/{server_id}/audit-logs", { params: { path: { server_id }, query } })),
  };
}
