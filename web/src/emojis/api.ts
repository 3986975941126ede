// The routes of a server's emoji.
import type { Api } from "../api/api";
import { answered } from "../api/http";
import type { components } from "../api/schema";
import type { Id } from "../api/types";

export type CustomEmoji = components["schemas"]["CustomEmoji"];

export function emojiCalls({ http }: Api) {
  const emoji = (server_id: Id, emoji_id: Id) => ({ params: { path: { server_id, emoji_id } } });
  return {
    of: (server_id: Id) =>
      answered(http.GET("/api/servers/{server_id}/emojis", { params: { path: { server_id } } })),
    rename: (server: Id, id: Id, name: string) =>
      answered(
        http.PATCH("/api/servers/{server_id}/emojis/{emoji_id}", { ...emoji(server, id), body: { name } }),
      ),
    /** Also arrives if the page is closed meanwhile. */
    delete: (server: Id, id: Id) =>
      answered(
        http.DELETE("/api/servers/{server_id}/emojis/{emoji_id}", { ...emoji(server, id), keepalive: true }),
      ),
  };
}
