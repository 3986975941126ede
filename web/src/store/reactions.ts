// Which reactions are mine. Events say the same to everybody, so `me` is false in them and kept from what is held.
import type { Message } from "../api/types";

export function withMine(message: Message, known: Message | undefined): Message {
  const mine = new Set(known?.reactions?.filter((each) => each.me).map((each) => each.emoji));
  if (!mine.size) return message;
  const reactions = message.reactions?.map((each) => ({ ...each, me: each.me || mine.has(each.emoji) }));
  return { ...message, reactions: reactions ?? [] };
}
