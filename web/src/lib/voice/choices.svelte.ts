// How somebody talks at this device: which microphone, loudspeaker and camera, always or while a key is held, and how
// loud each of the others is. Kept in the browser, and followed by a call that is under way.
import { SvelteMap } from "svelte/reactivity";
import { keep, recallRecord } from "../../store/storage";

const KEPT = "coterie-voice-choices";

/** Which device of a kind; empty is what the system has chosen. */
export interface Devices {
  microphone: string;
  speaker: string;
  camera: string;
}

export interface Treatment {
  echoCancellation: boolean;
  noiseSuppression: boolean;
  autoGainControl: boolean;
}

export interface TalkKey {
  isOn: boolean;
  /** The key's place on the keyboard, as KeyboardEvent.code. */
  code: string;
}

/** A key that types nothing, so that it works while one writes. */
export const FIRST_KEY = "F9";

export class Choices {
  devices = $state<Devices>({ microphone: "", speaker: "", camera: "" });
  treatment = $state<Treatment>({ echoCancellation: true, noiseSuppression: true, autoGainControl: true });
  talkKey = $state<TalkKey>({ isOn: false, code: FIRST_KEY });
  private readonly volumes = new SvelteMap<string, number>();

  constructor() {
    const kept = recallRecord<unknown>(KEPT);
    this.devices = known(this.devices, kept.devices);
    this.treatment = known(this.treatment, kept.treatment);
    this.talkKey = known(this.talkKey, kept.talkKey);
    for (const [user, volume] of Object.entries(kept.volumes ?? {}))
      if (typeof volume === "number") this.volumes.set(user, Math.min(1, Math.max(0, volume)));
  }

  /** How loud somebody is here, from 0 to 1. */
  volumeOf(user: string): number {
    return this.volumes.get(user) ?? 1;
  }

  setVolume(user: string, volume: number): void {
    if (volume === 1) this.volumes.delete(user);
    else this.volumes.set(user, volume);
    this.keep();
  }

  choose(devices: Partial<Devices>): void {
    this.devices = { ...this.devices, ...devices };
    this.keep();
  }

  treat(treatment: Partial<Treatment>): void {
    this.treatment = { ...this.treatment, ...treatment };
    this.keep();
  }

  talkBy(key: Partial<TalkKey>): void {
    this.talkKey = { ...this.talkKey, ...key };
    this.keep();
  }

  private keep(): void {
    const { devices, treatment, talkKey } = this;
    keep(KEPT, JSON.stringify({ devices, treatment, talkKey, volumes: Object.fromEntries(this.volumes) }));
  }
}

/** What was kept, as far as it has the shape that it should have. */
function known<T extends object>(first: T, kept: unknown): T {
  const found = Object.entries(kept ?? {}).filter(
    ([name, value]) => name in first && typeof value === typeof first[name as keyof T],
  );
  return { ...first, ...Object.fromEntries(found) };
}
