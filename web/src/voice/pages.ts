import type { AccountPages } from "../feature";
import { later } from "../text/texts";
import VoiceVideo from "./VoiceVideo.svelte";

export const accountPages: AccountPages = {
  voice: { title: () => later.voice.title, Page: VoiceVideo },
};
