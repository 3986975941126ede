// How events change the voice states and the signals between browsers.
import type { VoiceState } from "../api/types";
import type { Conversations } from "../conversations/conversations.svelte";
import { nameOf } from "../conversations/naming";
import type { Friends } from "../friends/friends.svelte";
import type { People } from "../people/people.svelte";
import type { Appliers } from "../store/events";
import type { Route } from "../store/route.svelte";
import type { Session } from "../store/session.svelte";
import { text } from "../text/texts";
import type { Toasts } from "../ui/toasts.svelte";
import type { Line } from "./line.svelte";
import type { Voices } from "./voices.svelte";

export interface VoiceEventNeeds {
  voices: Voices;
  line: Line;
  session: Session;
  people: People;
  friends: Friends;
  conversations: Conversations;
  route: Route;
  toasts: Toasts;
}

export function voiceEvents(needs: VoiceEventNeeds): Appliers<"VOICE_STATE_UPDATE" | "VOICE_SIGNAL"> {
  const { voices, line } = needs;
  return {
    VOICE_STATE_UPDATE(state) {
      const isNew = voices.of(state.user_id)?.channel_id !== state.channel_id;
      voices.apply(state);
      line.changed(state);
      if (isNew) called(needs, state);
    },
    VOICE_SIGNAL: (signal) => line.receive(signal),
  };
}

/** Someone started a call in a conversation: announced once, to users who are not looking at it. */
function called(needs: VoiceEventNeeds, { channel_id, user_id, username }: VoiceState): void {
  const { session, conversations, friends, route, voices, toasts } = needs;
  const conversation = channel_id === null ? undefined : conversations.of(channel_id);
  if (!conversation || user_id === session.user?.id || friends.isBlocked(user_id)) return;
  if (route.conversation === conversation.id || voices.in(conversation.id).length > 1) return;
  const place = nameOf(needs, conversation);
  const { calling, callingIn } = text.conversations;
  toasts.stay(
    place === username ? calling({ name: username }) : callingIn({ name: username, conversation: place }),
  );
}
