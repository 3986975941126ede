// Channels grouped by category, and the orders that moving them makes. A category is a name that channels have, so one
// without channels exists only here, until a channel is moved into it.
import type { Channel } from "../api/types";
import { byCategory } from "./categories";
import { ascending } from "./ordering";

export interface Group {
  id: string;
  category: string | null;
  channels: Channel[];
}

export interface Shift {
  channel: Channel;
  change: { position?: number; category?: string | null };
}

export function groupsOf(channels: Channel[], empty: string[]): Group[] {
  const held = byCategory(channels);
  const added = empty.filter((name) => !held.some(({ category }) => category === name));
  const all = [...held, ...added.map((category) => ({ category, channels: [] as Channel[] }))];
  return all.map(({ category, channels: own }) => ({ id: idOf(category), category, channels: own }));
}

export const idOf = (category: string | null): string =>
  category === null ? "none" : `category ${category}`;

/** The changes that put the channels into the order of these groups. */
export function shiftsFor(groups: Group[]): Shift[] {
  const wanted = groups.flatMap(({ category, channels }) =>
    channels.map((channel) => ({ channel, category })),
  );
  const places = ascending(wanted.map(({ channel }) => channel));
  return wanted.flatMap(({ channel, category }) => {
    const position = places.get(channel.id);
    const change = {
      ...(position === undefined ? {} : { position }),
      ...(channel.category === category ? {} : { category }),
    };
    return Object.keys(change).length ? [{ channel, change }] : [];
  });
}

/** Moves a channel one step up or down: past its neighbour, or into the category above or below. */
export function movedChannel(groups: Group[], id: string, by: -1 | 1): Group[] {
  const at = groups.findIndex(({ channels }) => channels.some((channel) => channel.id === id));
  const group = groups[at];
  if (!group) return groups;
  const index = group.channels.findIndex((channel) => channel.id === id);
  const channel = group.channels[index]!;
  const rest = group.channels.filter((each) => each !== channel);
  const next = groups[at + by];
  const isWithin = index + by >= 0 && index + by < group.channels.length;
  if (!isWithin && !next) return groups;
  return groups.map((each) => {
    if (each === group)
      return { ...each, channels: isWithin ? rest.toSpliced(index + by, 0, channel) : rest };
    if (each === next && !isWithin)
      return { ...each, channels: by < 0 ? [...each.channels, channel] : [channel, ...each.channels] };
    return each;
  });
}

/** Moves a channel into a category, before one of its channels or, with null, behind them. */
export function placedChannel(
  groups: Group[],
  id: string,
  category: string | null,
  before: string | null,
): Group[] {
  const channel = groups.flatMap(({ channels }) => channels).find((each) => each.id === id);
  if (!channel || before === id) return groups;
  // What has no category stands above all categories.
  const all = groups.some((each) => each.category === category)
    ? groups
    : [{ id: idOf(category), category, channels: [] }, ...groups];
  return all.map((group) => {
    const channels = group.channels.filter((each) => each !== channel);
    if (group.category !== category) return { ...group, channels };
    return { ...group, channels: inserted(channels, channel, before) };
  });
}

/** Moves a category with its channels before another one or, with null, behind all. */
export function placedGroup(groups: Group[], id: string, before: string | null): Group[] {
  const group = groups.find((each) => each.id === id);
  if (!group || before === id) return groups;
  return inserted(
    groups.filter((each) => each !== group),
    group,
    before,
  );
}

function inserted<Item extends { id: string }>(list: Item[], item: Item, before: string | null): Item[] {
  const at = list.findIndex(({ id }) => id === before);
  return list.toSpliced(at < 0 ? list.length : at, 0, item);
}
