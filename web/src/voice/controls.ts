// The controls of a call, once: the buttons in the panel and in the call view, and their keys.
import {
  HeadphoneOff,
  Headphones,
  Mic,
  MicOff,
  MonitorUp,
  MonitorX,
  PhoneOff,
  Video,
  VideoOff,
} from "@lucide/svelte";
import type { Component } from "svelte";
import { text } from "../text/texts";
import type { ShortcutId } from "../ui/shortcuts";
import type { Call } from "./call.svelte";
import type { Session } from "../store/session.svelte";
import type { Toasts } from "../ui/toasts.svelte";
import type { Voices } from "./voices.svelte";
import type { Line } from "./line.svelte";

export interface Needs {
  session: Session;
  toasts: Toasts;
  voices: Voices;
  line: Line;
}

export interface Control {
  id: ShortcutId<"call">;
  label: string;
  icon: Component;
  /** Whether it is on; null if it is no switch. */
  isOn: boolean | null;
  isDisabled: boolean;
  act: () => void;
}

export function controlsOf(needs: Needs, call: Call): Control[] {
  const own = needs.voices.in(call.channel.id).find((state) => state.user_id === needs.session.user?.id);
  const words = text.voice;
  const act = (action: Promise<void>) =>
    void action.catch((error: unknown) => reportUnlessCancelled(needs, error));
  const share: Control = {
    id: "share",
    label: call.screen ? words.stopSharing : words.share,
    icon: call.screen ? MonitorX : MonitorUp,
    isOn: call.screen !== null,
    isDisabled: own?.can_speak === false,
    act: () => act(call.screen ? call.stopScreen() : call.shareScreen()),
  };
  return [
    {
      id: "mute",
      label: call.isMuted ? words.unmute : words.mute,
      icon: call.isMuted ? MicOff : Mic,
      isOn: call.isMuted,
      isDisabled: !call.hasMicrophone || own?.server_mute === true,
      act: () => act(call.setMuted(!call.isMuted)),
    },
    {
      id: "deafen",
      label: call.isDeaf ? words.undeafen : words.deafen,
      icon: call.isDeaf ? HeadphoneOff : Headphones,
      isOn: call.isDeaf,
      isDisabled: own?.server_deaf === true,
      act: () => act(call.setDeaf(!call.isDeaf)),
    },
    {
      id: "camera",
      label: call.camera ? words.stopCamera : words.camera,
      icon: call.camera ? VideoOff : Video,
      isOn: call.camera !== null,
      isDisabled: own?.can_speak === false,
      act: () => (call.camera ? act(call.stopCamera()) : (needs.line.view.isPreviewing = true)),
    },
    ...("getDisplayMedia" in (navigator.mediaDevices ?? {}) ? [share] : []),
    {
      id: "hangUp",
      label: words.leave,
      icon: PhoneOff,
      isOn: null,
      isDisabled: false,
      act: () => act(needs.line.leave()),
    },
  ];
}

/** Users who close the browser's dialog have changed their mind. */
function reportUnlessCancelled(needs: Needs, error: unknown): void {
  const isCancelled = error instanceof DOMException && error.name === "NotAllowedError";
  if (!isCancelled) needs.toasts.report(error);
}
