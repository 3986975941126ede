// Light, dark, or like the system.
import { keep, recall } from "./storage";

export type Theme = "auto" | "light" | "dark";
const KEY = "coterie-theme";

export class ThemeChoice {
  current = $state<Theme>("auto");

  constructor() {
    const kept = recall(KEY);
    if (kept === "light" || kept === "dark") this.choose(kept);
  }

  choose(theme: Theme): void {
    this.current = theme;
    keep(KEY, theme === "auto" ? null : theme);
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }
}
