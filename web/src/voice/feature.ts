import type { ConversationCall, Id, VoiceState } from "../api/types";
import type { CreateFeature } from "../feature";
import type { ReceivedSignal } from "../sync/signals";
import { voiceEvents } from "./events";
import { Ringing } from "./ringing.svelte";

declare module "../sync/frames" {
  interface Events {
    VOICE_STATE_UPDATE: VoiceState;
    VOICE_SIGNAL: ReceivedSignal;
    CALL_UPDATE: ConversationCall;
    CALL_END: { conversation_id: Id };
  }
}

export const voice: CreateFeature = (core) => {
  const { voices, line } = core;
  const ringing = new Ringing(core);
  return {
    accountPages: ["voice"],
    stores: [ringing],
    events: voiceEvents({ ...core, ringing }),
    resume() {
      line.ready();
      line.rejoin();
    },
    forget(topic) {
      voices.forget(({ channel_id, server_id }) => channel_id === topic || server_id === topic);
      const { id, server_id } = line.call?.channel ?? {};
      if ((server_id ?? id) === topic) line.drop();
    },
  };
};
