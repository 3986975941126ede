// The actions for everything that has a name, to choose by typing.
import { byCategory } from "../community/categories";
import { entriesOf } from "../conversations/menu";
import type { MenuEntry } from "../ui/menu";
import { categoryEntries, channelEntries } from "./channels";
import type { Needs } from "./context";
import { serverEntries } from "./servers";

export interface Command {
  id: string;
  /** What it does. */
  label: string;
  /** What it is done with, and where that is. */
  name: string;
  detail: string;
  act: () => unknown;
}

export function commands(needs: Needs): Command[] {
  const servers = needs.community.servers.flatMap((server) => {
    const channels = needs.perspective.channelsOf(server.id);
    const categories = byCategory(channels).flatMap(({ category }) => category ?? []);
    return [
      ...from(serverEntries(needs, server), server.name, ""),
      ...channels.flatMap((channel) => from(channelEntries(needs, channel, []), channel.name, server.name)),
      ...categories.flatMap((name) => from(categoryEntries(needs, server.id, name, []), name, server.name)),
    ];
  });
  const conversations = needs.conversations.all.flatMap((each) =>
    from(entriesOf(needs, each), needs.conversationNames.of(each), ""),
  );
  return [...servers, ...conversations];
}

/** Entries as one list; those of a titled group or a submenu begin with its words. */
function from(entries: MenuEntry[], name: string, detail: string, before = ""): Command[] {
  let title = before;
  return entries.flatMap((entry): Command[] => {
    if (entry.kind === "line") return [];
    if (entry.kind === "title") {
      title = entry.label;
      return [];
    }
    if (entry.kind === "more") return from(entry.entries, name, detail, entry.label);
    const label = title ? `${title}: ${entry.label}` : entry.label;
    return [{ id: `${label} ${name} ${detail}`, label, name, detail, act: entry.act }];
  });
}
