// What is on the screen and has actions. An element names its thing in `data-menu`: its kind and its id, with a space
// between them.
import { entriesOf } from "../conversations/menu";
import { later, text } from "../text/texts";
import type { OfferedMenu } from "../ui/menus.svelte";
import { categoryEntries, channelEntries } from "./channels";
import type { Needs } from "./context";
import { personEntries } from "./people";
import { pictureEntries } from "./pictures";
import { serverEntries } from "./servers";

export function menuOf(needs: Needs, element: HTMLElement): OfferedMenu | null {
  const [kind = "", id = ""] = (element.dataset.menu ?? "").split(" ");
  const about = (name: string) => later.actions.about({ name });
  if (kind === "channel") {
    const channel = needs.community.channel(id);
    return channel ? { label: about(channel.name), entries: channelEntries(needs, channel) } : null;
  }
  if (kind === "category") {
    const category = element.dataset.category || null;
    return {
      label: about(category ?? text.channels.uncategorised),
      entries: categoryEntries(needs, id, category),
    };
  }
  if (kind === "server") {
    const server = needs.community.server(id);
    return server ? { label: about(server.name), entries: serverEntries(needs, server) } : null;
  }
  if (kind === "person") {
    const name = needs.names.at(needs.route.place ?? "", id) ?? text.members.unknown;
    return { label: about(name), entries: personEntries(needs, id) };
  }
  if (kind === "conversation") {
    const conversation = needs.conversations.of(id);
    return conversation
      ? { label: about(needs.conversationNames.of(conversation)), entries: entriesOf(needs, conversation) }
      : null;
  }
  if (kind === "picture")
    return { label: about(element.dataset.name ?? ""), entries: pictureEntries(needs, element) };
  return null;
}
