// The possible entries of a menu. The same list is shown as a menu, as buttons in a row, or as a sheet on a phone.
import type { Component } from "svelte";
import type { Status } from "../api/types";

export interface MenuAction {
  kind: "action";
  label: string;
  icon?: Component;
  /** The keys that do the same, as in the table of shortcuts. */
  keys?: string;
  isDangerous?: boolean;
  act: () => unknown;
}

export interface Submenu {
  kind: "more";
  label: string;
  icon?: Component;
  entries: MenuEntry[];
}

export type MenuEntry =
  | MenuAction
  | Submenu
  | { kind: "line" }
  | { kind: "title"; label: string }
  | { kind: "choice"; label: string; isChosen: boolean; dot?: Status; act: () => void };

/** Groups of entries, with a line between those that are not empty. */
export function grouped(...groups: MenuEntry[][]): MenuEntry[] {
  const filled = groups.filter((group) => group.length);
  return filled.flatMap((group, index): MenuEntry[] => (index ? [{ kind: "line" }, ...group] : group));
}
