import { CalendarDays } from "@lucide/svelte";
import type { Id, Message } from "../api/types";
import type { CreateFeature } from "../feature";
import { text } from "../text/texts";
import EventPlace from "./EventPlace.svelte";

declare module "../sync/frames" {
  interface Events {
    EVENT_UPDATE: Message;
  }
}

export const scheduledEvents: CreateFeature = ({ screen, talk }) => ({
  events: { EVENT_UPDATE: (message) => talk.receive(message) },
  parts: [{ id: "event", isIn: ({ event }) => Boolean(event), Part: EventPlace }],
  serverMenu: (server: Id) => [
    {
      kind: "action",
      label: text.servers.events,
      icon: CalendarDays,
      act: () => (screen.dialog = { kind: "component", server, load: () => import("./EventsDialog.svelte") }),
    },
  ],
});
