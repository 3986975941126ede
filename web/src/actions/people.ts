// The menu of a person, in a server or outside of it. Its actions are those of the person's card.
import { PhoneOff, Volume2 } from "@lucide/svelte";
import { callsOf } from "../api/moderation";
import type { Id } from "../api/types";
import { personActions, type PersonAction, type Question } from "../members/actions";
import { later } from "../text/texts";
import { grouped, type MenuEntry } from "../ui/menu";
import { voiceActions } from "../voice/moderating";
import type { Needs } from "./context";

export function personEntries(needs: Needs, user: Id): MenuEntry[] {
  const { server } = needs.route;
  const { reaching, relating, moderating } = personActions(needs, server, user, (question) =>
    ask(needs, server, user, question),
  );
  const reported = (actions: PersonAction[]): MenuEntry[] =>
    actions.map((action) => ({ ...action, act: () => tried(needs, action.act) }));
  // What changes the whole screen is in the card only.
  const shown = moderating.filter(({ id }) => id !== "viewAs");
  return grouped(reported(reaching), reported(relating), inVoice(needs, server, user), reported(shown));
}

function ask({ screen }: Needs, server: Id | null, user: Id, kind: Question): void {
  if (kind === "remove" || kind === "block") screen.dialog = { kind, user };
  else if (server && kind === "report") screen.dialog = { kind, about: { kind: "user", user, server } };
  else if (server && kind !== "report") screen.dialog = { kind, server, user };
}

/** For a person in a voice channel. */
function inVoice(needs: Needs, server: Id | null, user: Id): MenuEntry[] {
  const actions = server && voiceActions(needs, callsOf(needs.api), server, user);
  if (!actions) return [];
  const words = later.card.voice;
  const { channel, places, switches, move, disconnect } = actions;
  const found = switches
    .filter(({ isDisabled }) => !isDisabled)
    .map(({ label, isOn, turn }): MenuEntry => ({
      kind: "choice",
      label,
      isChosen: isOn,
      act: () => void tried(needs, () => turn(!isOn)),
    }));
  const others = places.filter(({ id }) => id !== channel.id);
  if (others.length)
    found.push({
      kind: "more",
      label: words.move,
      icon: Volume2,
      entries: others.map(({ id, name }) => ({
        kind: "action",
        label: name,
        act: () => tried(needs, () => move(id)),
      })),
    });
  const act = () => tried(needs, disconnect);
  return [...found, { kind: "action", label: words.disconnect, icon: PhoneOff, act }];
}

/** A menu has no place for an error: a toast reports it. */
async function tried({ toasts }: Needs, act: () => unknown): Promise<void> {
  try {
    await act();
  } catch (error) {
    toasts.report(error);
  }
}
