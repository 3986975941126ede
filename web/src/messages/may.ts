// What one may do with the messages of a place: the same for all of them, so it is worked out once.
import type { Place } from "../api/types";
import type { Application } from "../store/application.svelte";

export interface May {
  send: boolean;
  react: boolean;
  pin: boolean;
  manage: boolean;
}

export function mayIn(app: Application, place: Place): May {
  return {
    send: app.mayIn(place, "SEND_MESSAGES"),
    react: app.mayIn(place, "ADD_REACTIONS"),
    pin: app.mayPin(place),
    manage: app.mayIn(place, "MANAGE_MESSAGES"),
  };
}
