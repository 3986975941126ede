// The routes of polls, which load with the first poll.
import { answered } from "../api/http";
import { PAGE, type Api } from "../api/api";
import type { components } from "../api/schema";
import type { Id } from "../api/types";

type PollCreation = components["schemas"]["PollCreation"];

export function pollCalls({ http }: Api) {
  const poll = (poll_id: Id) => ({ params: { path: { poll_id } } });
  return {
    create: (channel_id: Id, body: PollCreation) =>
      answered(http.POST("/api/channels/{channel_id}/polls", { params: { path: { channel_id } }, body })),
    vote: (id: Id, option_ids: Id[]) =>
      answered(http.POST("/api/polls/{poll_id}/vote", { ...poll(id), body: { option_ids } })),
    retract: (id: Id) => answered(http.DELETE("/api/polls/{poll_id}/vote", poll(id))),
    close: (id: Id) => answered(http.POST("/api/polls/{poll_id}/close", poll(id))),
    voters: (poll_id: Id, option_id: Id, after?: Id) =>
      answered(
        http.GET("/api/polls/{poll_id}/options/{option_id}/voters", {
          params: {
            path: { poll_id, option_id },
            query: after ? { after, limit: PAGE } : { limit: PAGE },
          },
        }),
      ),
  };
}
