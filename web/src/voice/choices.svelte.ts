// How the user talks on this device: microphone, speaker and camera, always on or push to talk, whether others see the
// device's address, and each person's volume. Stored in the browser, and applied to a current call.
//
// They are not stored in the account: devices have other ids in every browser, and a person who is too loud in
// headphones is not so on a speaker. Changes are applied with `replaceTrack`, which needs no signal to the others.
import { SvelteMap } from "svelte/reactivity";
import { keep, recallRecord } from "../store/storage";

const KEPT = "coterie-voice-choices";

/** The device of each kind; empty for the system's default. */
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
  /** The key's position on the keyboard, as KeyboardEvent.code. */
  code: string;
}

/** A key that types nothing, so that it works while you type. */
export const FIRST_KEY = "F9";

export class Choices {
  devices = $state<Devices>({ microphone: "", speaker: "", camera: "" });
  treatment = $state<Treatment>({ echoCancellation: true, noiseSuppression: true, autoGainControl: true });
  talkKey = $state<TalkKey>({ isOn: false, code: FIRST_KEY });
  /** Calls go through the TURN server alone, so that the others do not learn this device's address. */
  hidesAddress = $state(false);
  private readonly volumes = new SvelteMap<string, number>();

  constructor() {
    const kept = recallRecord<unknown>(KEPT);
    this.devices = known(this.devices, kept.devices);
    this.treatment = known(this.treatment, kept.treatment);
    this.talkKey = known(this.talkKey, kept.talkKey);
    this.hidesAddress = kept.hidesAddress === true;
    for (const [user, volume] of Object.entries(kept.volumes ?? {}))
      if (typeof volume === "number") this.volumes.set(user, Math.min(1, Math.max(0, volume)));
  }

  /** A person's volume here, from 0 to 1. */
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

  hideAddress(hides: boolean): void {
    this.hidesAddress = hides;
    this.keep();
  }

  private keep(): void {
    const { devices, treatment, talkKey, hidesAddress } = this;
    const volumes = Object.fromEntries(this.volumes);
    keep(KEPT, JSON.stringify({ devices, treatment, talkKey, hidesAddress, volumes }));
  }
}

/** The stored values that have the expected shape. */
function known<T extends object>(first: T, kept: unknown): T {
  const found = Object.entries(kept ?? {}).filter(
    ([name, value]) => name in first && typeof value === typeof first[name as keyof T],
  );
  return { ...first, ...Object.fromEntries(found) };
}
