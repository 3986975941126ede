// How a channel is named in a sentence.
import type { Channel } from "../api/types";

/** A text channel with a number sign, a voice channel without. */
export function signed({ name, type }: { name: string; type?: Channel["type"] }): string {
  return type === "voice" ? name : `#${name}`;
}
