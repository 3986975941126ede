// How events change the user's notification levels.
import type { Appliers } from "../store/events";
import type { Levels } from "./levels.svelte";

export function notificationEvents(
  levels: Levels,
): Appliers<"NOTIFICATION_LEVEL_UPDATE" | "NOTIFICATION_LEVEL_DELETE"> {
  return {
    NOTIFICATION_LEVEL_UPDATE: (level) => levels.put(level),
    NOTIFICATION_LEVEL_DELETE: ({ place_id }) => levels.drop(place_id),
  };
}
