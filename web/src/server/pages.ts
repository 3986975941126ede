import type { ServerPages } from "../feature";
import { words } from "../text/settingswords";
import Overview from "./Overview.svelte";
import Roles from "./Roles.svelte";
import Channels from "./Channels.svelte";
import Members from "./Members.svelte";

export const serverPages: ServerPages = {
  overview: { title: () => words.overview.title, Page: Overview },
  roles: { title: () => words.roles.title, Page: Roles },
  channels: { title: () => words.channels.title, Page: Channels },
  members: { title: () => words.members.title, Page: Members },
};
