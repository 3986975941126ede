// Every sentence and label on the screen, by key: `text.friends.title`, or with values, `text.friends.blockedSince({
// when })`. Read it where it is shown, and never store it: the language may change.
import type { Later, Now } from "./catalog";
import { direction } from "./direction";
import { isOpen, knows, say } from "./language.svelte";

const views = new Map<string, object>();

export const text = view("") as Now;

/** The texts of dialogs, which load with the first dialog: nothing on the first screen may need them. */
export const later = view("later.") as Later;

function view(prefix: string): object {
  const made =
    views.get(prefix) ??
    new Proxy(
      {},
      { get: (_, key) => at(prefix + String(key)), has: (_, key) => knows(prefix + String(key)) },
    );
  views.set(prefix, made);
  return made;
}

function at(key: string): unknown {
  if (!knows(key)) return view(`${key}.`);
  return isOpen(key) ? (values: Record<string, unknown>) => say(key, prepared(values)) : say(key);
}

/** Values that select a form of a text and are not shown themselves. */
export const choices: ReadonlySet<string> = new Set(["level"]);

function prepared(values: Record<string, unknown>): Record<string, unknown> {
  const isolated = direction() === "rtl";
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, choices.has(name) ? value : safe(value, isolated)]),
  );
}

/** User content keeps its own direction, and what looks like an escape of the message format is not one. */
function safe(value: unknown, isolated: boolean): unknown {
  if (typeof value !== "string") return value;
  const kept = value.replaceAll(/\\(?=[ux])/g, "\\\u2060");
  return isolated ? `\u2068${kept}\u2069` : kept;
}
