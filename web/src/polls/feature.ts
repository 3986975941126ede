import { ChartColumn } from "@lucide/svelte";
import type { CreateFeature } from "../feature";
import { text } from "../text/texts";
import PollPlace from "./PollPlace.svelte";

export const polls: CreateFeature = () => ({
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
