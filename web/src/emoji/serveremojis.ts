// The emoji that a server has besides those of Unicode, as the picker, the suggestions and the texts use them.
import type { CustomEmoji, Id } from "../api/types";

export interface ServerEmojis {
  of: (server: Id | null) => CustomEmoji[];
  named: (server: Id | null, name: string) => CustomEmoji | undefined;
  byId: (id: Id) => CustomEmoji | undefined;
  /** Fetches them, if nobody has. */
  ensure: (server: Id | null) => void;
}

export const NO_EMOJIS: ServerEmojis = {
  of: () => [],
  named: () => undefined,
  byId: () => undefined,
  ensure: () => undefined,
};
