// Channels grouped by category; categories are ordered by their first channel.
import type { Channel } from "../api/types";

export interface Category {
  category: string | null;
  channels: Channel[];
}

export function byCategory(channels: Channel[]): Category[] {
  const groups = new Map<string | null, Channel[]>();
  for (const channel of channels) {
    const group = groups.get(channel.category);
    if (group) group.push(channel);
    else groups.set(channel.category, [channel]);
  }
  return [...groups].map(([category, group]) => ({ category, channels: group }));
}
