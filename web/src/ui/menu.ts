// The possible entries of a menu.
import type { Component } from "svelte";
import type { Status } from "../api/types";

export type MenuEntry =
  | { kind: "action"; label: string; icon?: Component; isDangerous?: boolean; act: () => void }
  | { kind: "line" }
  | { kind: "title"; label: string }
  | { kind: "choice"; label: string; isChosen: boolean; dot?: Status; act: () => void };
