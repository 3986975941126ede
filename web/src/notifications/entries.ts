// The menu of a bell: what to notify of, and how long to mute.
import { BellRing } from "@lucide/svelte";
import type { Id, NotificationPlace } from "../api/types";
import { text } from "../text/texts";
import { briefly, duration } from "../text/time";
import type { MenuEntry } from "../ui/menu";
import { FOREVER, type Level } from "./levels.svelte";
import type { Toasts } from "../ui/toasts.svelte";
import type { Levels } from "./levels.svelte";

export interface Needs {
  toasts: Toasts;
  levels: Levels;
}

const words = text.notifications;
const MINUTE_MS = 60_000;
const LEVELS: Level[] = ["all", "mentions", "nothing"];
/** Minutes. */
const SPANS = [15, 60, 480, 1440];

/** `server` is a channel's server, whose level applies unless the channel has its own. */
export function entriesOf(needs: Needs, place: NotificationPlace, server: Id | null): MenuEntry[] {
  return [
    { kind: "title", label: words.about },
    ...levels(needs, place, server),
    { kind: "line" },
    { kind: "title", label: server && needs.levels.isMuted(server, null) ? words.muteToo : words.mute },
    ...mutes(needs, place),
  ];
}

function levels(needs: Needs, place: NotificationPlace, server: Id | null): MenuEntry[] {
  const own = needs.levels.own(place.id).level;
  const choose = (level: Level | null) => void needs.levels.set(place, { level }).catch(needs.toasts.report);
  const inherited: MenuEntry[] = server
    ? [
        {
          kind: "choice",
          label: words.inherit({ level: needs.levels.level(server, null) }),
          isChosen: own === null,
          act: () => choose(null),
        },
      ]
    : [];
  const chosen = own ?? (server ? null : "all");
  return [
    ...inherited,
    ...LEVELS.map((level) => ({
      kind: "choice" as const,
      label: words[level],
      isChosen: chosen === level,
      act: () => choose(level),
    })),
  ];
}

function mutes(needs: Needs, place: NotificationPlace): MenuEntry[] {
  const set = (muted_until: string | null) =>
    void needs.levels.set(place, { muted_until }).catch(needs.toasts.report);
  const { muted_until } = needs.levels.own(place.id);
  if (muted_until && needs.levels.isMuted(place.id, null)) {
    const isEndless = Date.parse(muted_until) >= Date.parse(FOREVER);
    const label = isEndless ? words.unmute : words.unmuteAt({ time: briefly(new Date(muted_until)) });
    return [{ kind: "action", label, icon: BellRing, act: () => set(null) }];
  }
  return [
    ...SPANS.map((minutes) => ({
      kind: "action" as const,
      label: words.span({ duration: duration(minutes * 60) }),
      act: () => set(new Date(Date.now() + minutes * MINUTE_MS).toISOString()),
    })),
    { kind: "action", label: words.forever, act: () => set(FOREVER) },
  ];
}
