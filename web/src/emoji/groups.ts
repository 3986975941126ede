// The groups of Unicode emoji, in the order of the data's numbers.
import { later } from "../text/texts";
import type { Cell, Part } from "./EmojiPart.svelte";
import type { Emoji } from "./data";

const GROUPS = [
  "smileys",
  "people",
  null, // skin tones and hair
  "nature",
  "food",
  "travel",
  "activities",
  "objects",
  "symbols",
  "flags",
] as const;

export function groupsOf(all: readonly Emoji[], cell: (emoji: Emoji) => Cell): Part[] {
  return GROUPS.flatMap((name, index) => {
    if (!name) return [];
    const cells = all.filter(({ group }) => group === index).map(cell);
    return [{ id: String(index), label: later.emoji.groups[name], cells }];
  });
}
