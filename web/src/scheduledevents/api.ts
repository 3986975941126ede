// The routes of scheduled events, which load with the first event.
import { PAGE, type Api } from "../api/api";
import { answered } from "../api/http";
import type { EventAnswer, EventChange, EventCreation, Id } from "../api/types";

export function eventCalls({ http }: Api) {
  const event = (event_id: Id) => ({ params: { path: { event_id } } });
  return {
    upcoming: (server_id: Id) =>
      answered(http.GET("/api/servers/{server_id}/events", { params: { path: { server_id } } })),
    create: (channel_id: Id, body: EventCreation) =>
      answered(http.POST("/api/channels/{channel_id}/events", { params: { path: { channel_id } }, body })),
    change: (id: Id, body: EventChange) =>
      answered(http.PATCH("/api/events/{event_id}", { ...event(id), body })),
    cancel: (id: Id) => answered(http.POST("/api/events/{event_id}/cancel", event(id))),
    answer: (id: Id, answer: EventAnswer) =>
      answered(http.PUT("/api/events/{event_id}/answer", { ...event(id), body: { answer } })),
    retract: (id: Id) => answered(http.DELETE("/api/events/{event_id}/answer", event(id))),
    people: (event_id: Id, answer: EventAnswer, after?: Id) =>
      answered(
        http.GET("/api/events/{event_id}/answers/{answer}", {
          params: {
            path: { event_id, answer },
            query: after ? { after, limit: PAGE } : { limit: PAGE },
          },
        }),
      ),
  };
}
