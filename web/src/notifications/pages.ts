import type { AccountPages } from "../feature";
import { text } from "../text/texts";
import NotificationSettings from "./NotificationSettings.svelte";

export const accountPages: AccountPages = {
  notifications: { title: () => text.notifications.title, Page: NotificationSettings },
};
