import type { ServerPages } from "../feature";
import { words } from "../text/settingswords";
import EmojiSettings from "./EmojiSettings.svelte";

export const serverPages: ServerPages = {
  emoji: { title: () => words.emoji.title, Page: EmojiSettings },
};
