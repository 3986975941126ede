// What moderators can do to a person in a voice channel of a server: for the person's card and for their menu.
import type { Calls } from "../api/moderation";
import type { Channel, Id, VoiceModeration } from "../api/types";
import type { Access } from "../community/access";
import type { Community } from "../community/community.svelte";
import { mayModerate } from "../community/moderating";
import type { Permissions } from "../community/permissions.svelte";
import type { Session } from "../store/session.svelte";
import { later } from "../text/texts";
import type { Voices } from "./voices.svelte";

interface Needs {
  session: Session;
  community: Community;
  permissions: Permissions;
  access: Access;
  voices: Voices;
}

export interface VoiceSwitch {
  label: string;
  hint: string;
  isOn: boolean;
  isDisabled: boolean;
  turn: (isOn: boolean) => Promise<unknown>;
}

export interface VoiceActions {
  channel: Channel;
  switches: VoiceSwitch[];
  /** The voice channels of the server, this one included. */
  places: Channel[];
  move: (to: Id) => Promise<unknown>;
  disconnect: () => Promise<unknown>;
}

/** Null if they are in no voice channel of this server, or the user cannot moderate them there. */
export function voiceActions(needs: Needs, calls: Calls, server: Id, user: Id): VoiceActions | null {
  const state = needs.voices.of(user);
  const channel = state?.channel_id ? needs.community.channel(state.channel_id) : undefined;
  if (!state || channel?.server_id !== server) return null;
  if (!mayModerate(needs, server, user).isBelow || !needs.access.mayIn(channel, "MUTE_MEMBERS")) return null;
  const words = later.card.voice;
  const cannotSpeak = state.can_speak === false;
  const moderate = async (change: VoiceModeration) =>
    needs.voices.apply(await calls.moderateVoice(channel.id, user, change));
  return {
    channel,
    switches: [
      {
        label: words.mute,
        hint: cannotSpeak ? words.maySpeakNot : words.muteHint,
        isOn: state.server_mute ?? false,
        isDisabled: cannotSpeak,
        turn: (server_mute) => moderate({ server_mute }),
      },
      {
        label: words.deafen,
        hint: words.deafenHint,
        isOn: state.server_deaf ?? false,
        isDisabled: false,
        turn: (server_deaf) => moderate({ server_deaf }),
      },
    ],
    places: needs.community.channelsOf(server).filter(({ type }) => type === "voice"),
    move: (channel_id) => moderate({ channel_id }),
    disconnect: () => calls.putOutOfVoice(channel.id, user),
  };
}
