import { ChartColumn } from "@lucide/svelte";
import type { Id, Message, Poll } from "../api/types";
import type { CreateFeature } from "../feature";
import { text } from "../text/texts";
import PollPlace from "./PollPlace.svelte";

declare module "../sync/frames" {
  interface Events {
    POLL_VOTE: Message & { poll_id: Id; updated_poll: Poll };
  }
}

export const polls: CreateFeature = ({ talk }) => ({
  events: { POLL_VOTE: (message) => talk.receive(message) },
  parts: [{ id: "poll", isIn: ({ poll }) => Boolean(poll), Part: PollPlace }],
  composer: [
    {
      id: "poll",
      label: () => text.writing.poll,
      icon: ChartColumn,
      load: () => import("./PollForm.svelte"),
    },
  ],
});
