// The user's permissions for the messages of a channel: the same for all messages, so computed once.
import type { Place } from "../api/types";
import type { Needs } from "./context";

export interface May {
  send: boolean;
  react: boolean;
  pin: boolean;
  manage: boolean;
}

export function mayIn(app: Needs, place: Place): May {
  return {
    send: app.access.mayIn(place, "SEND_MESSAGES"),
    react: app.access.mayIn(place, "ADD_REACTIONS"),
    pin: app.access.mayPin(place),
    manage: app.access.mayIn(place, "MANAGE_MESSAGES"),
  };
}
