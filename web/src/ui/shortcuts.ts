// Every shortcut of the client, once: key handlers look them up here, and the help sheet lists the same lines. Keys are
// separated by spaces; `Mod` is the command key on a Mac and Ctrl elsewhere.
//
// Nothing is listed without being bound, and a test finds keys that mean two things in one scope. Escape closes the
// innermost layer first, and finally marks as read; F6 steps through the regions of the screen, because Tab would take
// dozens of steps.

export type Scope = "anywhere" | "call" | "messages" | "writing" | "document";

export const TABLE = [
  { id: "switch", scope: "anywhere", keys: ["Mod k"] },
  { id: "search", scope: "anywhere", keys: ["Mod f"] },
  { id: "inbox", scope: "anywhere", keys: ["Mod i"] },
  { id: "previousChannel", scope: "anywhere", keys: ["Alt ArrowUp"] },
  { id: "nextChannel", scope: "anywhere", keys: ["Alt ArrowDown"] },
  { id: "previousUnread", scope: "anywhere", keys: ["Alt Shift ArrowUp"] },
  { id: "nextUnread", scope: "anywhere", keys: ["Alt Shift ArrowDown"] },
  { id: "previousServer", scope: "anywhere", keys: ["Mod Alt ArrowUp"] },
  { id: "nextServer", scope: "anywhere", keys: ["Mod Alt ArrowDown"] },
  { id: "nextRegion", scope: "anywhere", keys: ["F6"] },
  { id: "previousRegion", scope: "anywhere", keys: ["Shift F6"] },
  { id: "read", scope: "anywhere", keys: ["Escape"] },
  { id: "readServer", scope: "anywhere", keys: ["Shift Escape"] },
  { id: "menu", scope: "anywhere", keys: ["Shift F10", "ContextMenu"] },
  { id: "sheet", scope: "anywhere", keys: ["Mod /", "?"] },

  { id: "mute", scope: "call", keys: ["Mod Shift m"] },
  { id: "deafen", scope: "call", keys: ["Mod Shift d"] },
  { id: "camera", scope: "call", keys: ["Mod Shift y"] },
  { id: "share", scope: "call", keys: ["Mod Shift s"] },
  { id: "hangUp", scope: "call", keys: ["Mod Shift h"] },

  { id: "send", scope: "writing", keys: ["Enter", "Mod Enter"] },
  { id: "newLine", scope: "writing", keys: ["Shift Enter"] },
  { id: "editLast", scope: "writing", keys: ["ArrowUp"] },
  { id: "bold", scope: "writing", keys: ["Mod b"] },
  { id: "italic", scope: "writing", keys: ["Mod i"] },
  { id: "strike", scope: "writing", keys: ["Mod Shift x"] },
  { id: "code", scope: "writing", keys: ["Mod e"] },
  { id: "emoji", scope: "writing", keys: ["Mod Shift e"] },
  { id: "leave", scope: "writing", keys: ["Escape"] },

  { id: "up", scope: "messages", keys: ["ArrowUp"] },
  { id: "down", scope: "messages", keys: ["ArrowDown"] },
  { id: "first", scope: "messages", keys: ["Home"] },
  { id: "last", scope: "messages", keys: ["End"] },
  { id: "enter", scope: "messages", keys: ["Enter", "ArrowRight"] },
  { id: "unread", scope: "messages", keys: ["u"] },
  { id: "reply", scope: "messages", keys: ["r"] },
  { id: "thread", scope: "messages", keys: ["t"] },
  { id: "react", scope: "messages", keys: ["+"] },
  { id: "edit", scope: "messages", keys: ["e"] },
  { id: "copy", scope: "messages", keys: ["c"] },
  { id: "link", scope: "messages", keys: ["l"] },
  { id: "pin", scope: "messages", keys: ["p"] },
  { id: "remove", scope: "messages", keys: ["Delete", "Backspace"] },
  { id: "write", scope: "messages", keys: ["Escape"] },

  { id: "find", scope: "document", keys: ["Mod f"] },
  { id: "findNext", scope: "document", keys: ["Mod g", "F3"] },
  { id: "findPrevious", scope: "document", keys: ["Mod Shift g", "Shift F3"] },
] as const satisfies readonly { id: string; scope: Scope; keys: readonly string[] }[];

type Line = (typeof TABLE)[number];
export type ShortcutId<In extends Scope = Scope> = Extract<Line, { scope: In }>["id"];

export type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

export const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

/** Which shortcut of a scope the keys mean. */
export function shortcutOf<In extends Scope>(
  scope: In,
  event: Pressed,
  onMac = isMac,
): ShortcutId<In> | undefined {
  const line = TABLE.find(
    (each) => each.scope === scope && each.keys.some((keys) => fits(keys, event, onMac)),
  );
  return line?.id as ShortcutId<In> | undefined;
}

function fits(keys: string, event: Pressed, onMac: boolean): boolean {
  const wanted = keys.split(" ");
  const key = wanted.at(-1)!;
  const isCommand = wanted.includes("Mod");
  // Whether the character itself needs Shift depends on the keyboard.
  const isSign = key.length === 1 && key.toLowerCase() === key.toUpperCase();
  return (
    event.key.toLowerCase() === key.toLowerCase() &&
    (onMac ? event.metaKey : event.ctrlKey) === isCommand &&
    !(onMac ? event.ctrlKey : event.metaKey) &&
    event.altKey === wanted.includes("Alt") &&
    (isSign || event.shiftKey === wanted.includes("Shift"))
  );
}

/** The first keys of a shortcut. */
export function keysFor<In extends Scope>(scope: In, id: ShortcutId<In>): string {
  return TABLE.find((line) => line.scope === scope && line.id === id)!.keys[0];
}

/** As `aria-keyshortcuts` names them. */
export const ariaKeys = (keys: string, onMac = isMac): string =>
  keys.replace("Mod", onMac ? "Meta" : "Control").replaceAll(" ", "+");

/** As printed on the keyboard; keys with a word on them keep their name. */
export function keysOf(keys: string, onMac = isMac): string[] {
  return keys.split(" ").map((each) => {
    const named = onMac ? (MAC[each] ?? each) : each;
    return SIGNS[named] ?? (named.length === 1 ? named.toUpperCase() : named);
  });
}

const MAC: Record<string, string> = { Mod: "⌘", Alt: "⌥", Shift: "⇧" };
const SIGNS: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", ArrowRight: "→", Mod: "Ctrl" };
