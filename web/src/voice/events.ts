// How events change the voice states, the calls of conversations, and the signals between browsers.
import type { VoiceState } from "../api/types";
import type { Appliers } from "../store/events";
import type { Session } from "../store/session.svelte";
import type { Toasts } from "../ui/toasts.svelte";
import type { Line } from "./line.svelte";
import type { Ringing } from "./ringing.svelte";
import type { Voices } from "./voices.svelte";

export interface VoiceEventNeeds {
  voices: Voices;
  line: Line;
  ringing: Ringing;
  session: Session;
  toasts: Toasts;
  sounds: { play: (name: "join" | "leave") => void };
}

export function voiceEvents(
  needs: VoiceEventNeeds,
): Appliers<"CHANNEL_CREATE" | "VOICE_STATE_UPDATE" | "VOICE_SIGNAL" | "CALL_UPDATE" | "CALL_END"> {
  const { voices, line, ringing, toasts } = needs;
  return {
    /** A voice channel became visible, with everyone who is in it. */
    CHANNEL_CREATE({ type, server_id }) {
      if (type === "voice") voices.load(server_id).catch(toasts.report);
    },
    VOICE_STATE_UPDATE(state) {
      const before = voices.of(state.user_id)?.channel_id;
      voices.apply(state);
      line.changed(state);
      sound(needs, state, before);
    },
    VOICE_SIGNAL: (signal) => line.receive(signal),
    CALL_UPDATE: (call) => ringing.changed(call.conversation_id, call),
    CALL_END: ({ conversation_id }) => ringing.changed(conversation_id, null),
  };
}

/** Someone else has joined the call that this tab is in, or has left it. */
function sound(needs: VoiceEventNeeds, { user_id }: VoiceState, before: string | null | undefined): void {
  const { voices, line, session, sounds } = needs;
  const here = line.call?.channel.id;
  const now = voices.of(user_id)?.channel_id;
  if (!here || user_id === session.user?.id || before === now) return;
  if (now === here) sounds.play("join");
  else if (before === here) sounds.play("leave");
}
