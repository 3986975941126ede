// Moving channels and categories: shown at once, saved with one request, and taken back if the server refuses.
import type { Api } from "../api/api";
import type { Channel, Id } from "../api/types";
import { laterTexts } from "../text/language.svelte";
import { later, text } from "../text/texts";
import { announce } from "../ui/announce";
import type { Toasts } from "../ui/toasts.svelte";
import type { Community } from "./community.svelte";
import { shiftsFor, type Group } from "./grouping";

export interface MovingNeeds {
  api: Pick<Api, "moveChannels">;
  community: Pick<Community, "channel" | "putChannel">;
  toasts: Pick<Toasts, "report">;
}

/** The last request: each waits for the one before it, so that the server gets them in the user's order. */
let last: Promise<unknown> = Promise.resolve();

/** Returns whether the server accepted it. */
export async function saveOrder(needs: MovingNeeds, server: Id, groups: Group[]): Promise<boolean> {
  const { community } = needs;
  const shifts = shiftsFor(groups);
  if (!shifts.length) return true;
  const shown = shifts.map(({ channel, change }): Channel => ({ ...channel, ...change }));
  for (const channel of shown) community.putChannel(channel);
  // What an event changed meanwhile is newer.
  const replace = (channels: Channel[]) =>
    channels.forEach(
      (channel, index) => community.channel(channel.id) === shown[index] && community.putChannel(channel),
    );
  const moves = shifts.map(({ channel, change }) => ({ id: channel.id, ...change }));
  const saving = last.then(() => needs.api.moveChannels(server, moves));
  last = saving.catch(() => undefined);
  try {
    replace(await saving);
    return true;
  } catch (error) {
    replace(shifts.map(({ channel }) => channel));
    needs.toasts.report(error);
    return false;
  }
}

/** Moves a channel or, with all its channels, a category, and announces its new place. */
export async function move(needs: MovingNeeds, server: Id, id: string, next: Group[]): Promise<void> {
  if (!shiftsFor(next).length) return;
  const [isSaved] = await Promise.all([saveOrder(needs, server, next), laterTexts()]);
  if (isSaved) announce(placeOf(id, next));
}

function placeOf(id: string, groups: Group[]): string {
  const words = later.settings.channels;
  const shown = groups.filter(({ channels }) => channels.length);
  const index = shown.findIndex((group) => group.id === id);
  if (index >= 0)
    return words.movedCategory({ name: nameOf(shown[index]!), place: index + 1, count: shown.length });
  const group = shown.find(({ channels }) => channels.some((channel) => channel.id === id))!;
  const at = group.channels.findIndex((channel) => channel.id === id);
  return words.moved({
    name: group.channels[at]!.name,
    category: nameOf(group),
    place: at + 1,
    count: group.channels.length,
  });
}

const nameOf = ({ category }: Group): string => category ?? text.channels.uncategorised;
