import { CalendarDays } from "@lucide/svelte";
import type { Id } from "../api/types";
import type { CreateFeature } from "../feature";
import { text } from "../text/texts";
import EventPlace from "./EventPlace.svelte";

export const scheduledEvents: CreateFeature = ({ screen }) => ({
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
