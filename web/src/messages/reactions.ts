// Which reactions are the user's own. Events are the same for everyone, so `me` is false in them, and is kept from the
// held message.
import type { Message } from "../api/types";

export function withMine(message: Message, known: Message | undefined): Message {
  const mine = new Set(known?.reactions?.filter((each) => each.me).map((each) => each.emoji));
  if (!mine.size) return message;
  const reactions = message.reactions?.map((each) => ({ ...each, me: each.me || mine.has(each.emoji) }));
  return { ...message, reactions: reactions ?? [] };
}
