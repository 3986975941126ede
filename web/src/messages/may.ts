// The user's permissions for the messages of a channel: the same for all messages, so computed once.
import type { Place } from "../api/types";
import type { Access } from "../community/access";

export interface Needs {
  access: Access;
}

export interface May {
  send: boolean;
  react: boolean;
  pin: boolean;
  manage: boolean;
}

export function mayIn(needs: Needs, place: Place): May {
  return {
    send: needs.access.mayIn(place, "SEND_MESSAGES"),
    react: needs.access.mayIn(place, "ADD_REACTIONS"),
    pin: needs.access.mayPin(place),
    manage: needs.access.mayIn(place, "MANAGE_MESSAGES"),
  };
}
