// The routes of automod: a server's rules for what is written in it.
import type { Api } from "../api/api";
import { answered } from "../api/http";
import type { AutomodChange, AutomodWord, Id } from "../api/types";

export type AutomodMatch = NonNullable<AutomodWord["match"]>;
export type AutomodCalls = ReturnType<typeof automodCallsOf>;

export function automodCallsOf({ http }: Api, server_id: Id) {
  const server = { params: { path: { server_id } } };
  return {
    /** The rules, or the defaults if none were ever set. */
    config: () => {
      const params = { ...server.params, query: { defaults: true } };
      return answered(http.GET("/api/servers/{server_id}/automod", { params }));
    },
    change: (body: AutomodChange) =>
      answered(http.PATCH("/api/servers/{server_id}/automod", { ...server, body })),
    words: () => answered(http.GET("/api/servers/{server_id}/automod/words", server)),
    addWord: (word: string, match: AutomodMatch) =>
      answered(http.POST("/api/servers/{server_id}/automod/words", { ...server, body: { word, match } })),
    removeWord: (word: string) =>
      answered(
        http.DELETE("/api/servers/{server_id}/automod/words/{word}", {
          params: { path: { server_id, word } },
        }),
      ),
    logs: () => answered(http.GET("/api/servers/{server_id}/automod/logs", server)),
    trial: (body: AutomodChange) =>
      answered(http.POST("/api/servers/{server_id}/automod/trial", { ...server, body })),
  };
}
