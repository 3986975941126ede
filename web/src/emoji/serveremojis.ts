// The emoji that a server has besides those of Unicode, as the picker, the suggestions and the texts use them.
import type { Id } from "../api/types";

export interface ServerEmoji {
  id: Id;
  name: string;
  url: string;
}

export interface ServerEmojis {
  of: (server: Id | null) => ServerEmoji[];
  named: (server: Id | null, name: string) => ServerEmoji | undefined;
  byId: (id: Id) => ServerEmoji | undefined;
  /** Fetches them, if nobody has. */
  ensure: (server: Id | null) => void;
}

export const NO_EMOJIS: ServerEmojis = {
  of: () => [],
  named: () => undefined,
  byId: () => undefined,
  ensure: () => undefined,
};
