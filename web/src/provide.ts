// Provides the components of each package with what that package needs.
import type { Application } from "./application.svelte";
import { provide as toCommunity } from "./community/context";
import { provide as toConversations } from "./conversations/context";
import { provide as toDocuments } from "./documents/context";
import { provide as toFiles } from "./files/context";
import { provide as toFriends } from "./friends/context";
import { provide as toInbox } from "./inbox/context";
import { provide as toMembers } from "./members/context";
import { provide as toMessages } from "./messages/context";
import { provide as toNotifications } from "./notifications/context";
import { provide as toPeople } from "./people/context";
import { provide as toSearch } from "./search/context";
import { provide as toSettings } from "./settings/context";
import { provide as toShell } from "./shell/context";
import { provide as toShortcuts } from "./shortcuts/context";
import { provide as toUi } from "./ui/context";
import { provide as toViews } from "./views/context";
import { provide as toVoice } from "./voice/context";
import { provide as toWelcome } from "./welcome/context";

const ROOMS = [
  toCommunity,
  toConversations,
  toDocuments,
  toFiles,
  toFriends,
  toInbox,
  toMembers,
  toMessages,
  toNotifications,
  toPeople,
  toSearch,
  toSettings,
  toShell,
  toShortcuts,
  toUi,
  toViews,
  toVoice,
  toWelcome,
];

export function provide(app: Application): void {
  for (const provideTo of ROOMS) provideTo(app);
}
