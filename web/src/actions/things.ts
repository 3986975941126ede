// What is on the screen and has actions. An element names its thing in `data-menu`: its kind and its id, with a space
// between them.
import { entriesOf } from "../conversations/menu";
import { nameOf as conversationName } from "../conversations/naming";
import { nameAt } from "../people/names";
import { later, text } from "../text/texts";
import type { OfferedMenu } from "../ui/menus.svelte";
import { categoryEntries, channelEntries } from "./channels";
import type { Needs } from "./context";
import { personEntries } from "./people";
import { pictureEntries } from "./pictures";
import { serverEntries } from "./servers";

export function menuOf(app: Needs, element: HTMLElement): OfferedMenu | null {
  const [kind = "", id = ""] = (element.dataset.menu ?? "").split(" ");
  const about = (name: string) => later.actions.about({ name });
  if (kind === "channel") {
    const channel = app.community.channel(id);
    return channel ? { label: about(channel.name), entries: channelEntries(app, channel) } : null;
  }
  if (kind === "category") {
    const category = element.dataset.category || null;
    return {
      label: about(category ?? text.channels.uncategorised),
      entries: categoryEntries(app, id, category),
    };
  }
  if (kind === "server") {
    const server = app.community.server(id);
    return server ? { label: about(server.name), entries: serverEntries(app, server) } : null;
  }
  if (kind === "person") {
    const name = nameAt(app, app.route.place ?? "", id) ?? text.members.unknown;
    return { label: about(name), entries: personEntries(app, id) };
  }
  if (kind === "conversation") {
    const conversation = app.conversations.of(id);
    return conversation
      ? { label: about(conversationName(app, conversation)), entries: entriesOf(app, conversation) }
      : null;
  }
  if (kind === "picture")
    return { label: about(element.dataset.name ?? ""), entries: pictureEntries(app, element) };
  return null;
}
