// The client's sounds, each with its switch on this device. Browsers let a page make sounds only after the user has
// pressed something on it: until then nothing is played, and a call rings from then on. If several tabs are open, one of
// them makes the sound.
import { keep, recallRecord } from "../store/storage";
import type { Tabs } from "../store/tabs";
import { play, RING_MS, type Sound } from "./tones";

const KEY = "coterie-sounds";
const GESTURES = ["pointerdown", "keydown"] as const;
/** How long a tab that makes a sound keeps the others from making it too. */
const HELD_MS = 1_000;

/** The sounds that have a switch; unmuting has that of muting. */
export const SWITCHES = ["message", "mention", "ring", "ringBack", "join", "leave", "mute"] as const;
export type SoundSwitch = (typeof SWITCHES)[number];

const DEFAULTS: Record<SoundSwitch, boolean> = {
  message: false,
  mention: true,
  ring: true,
  ringBack: true,
  join: true,
  leave: true,
  mute: true,
};

export class NotificationSounds {
  private chosen = $state(recallRecord<boolean>(KEY));
  private context: AudioContext | null = null;
  private readonly opened: Promise<void>;

  constructor(
    private readonly tabs: Pick<Tabs<never>, "alone" | "once">,
    private readonly isQuiet: () => boolean,
  ) {
    this.opened = new Promise((resolve) => {
      const open = () => {
        for (const gesture of GESTURES) removeEventListener(gesture, open, true);
        if ("AudioContext" in window) this.context = new AudioContext();
        resolve();
      };
      for (const gesture of GESTURES) addEventListener(gesture, open, true);
    });
  }

  isOn(sound: SoundSwitch): boolean {
    return this.chosen[sound] ?? DEFAULTS[sound];
  }

  /** Switches a sound on, and plays it; or off. */
  set(sound: SoundSwitch, isOn: boolean): void {
    this.chosen = { ...this.chosen, [sound]: isOn };
    keep(KEY, JSON.stringify(this.chosen));
    if (isOn) this.sound(sound);
  }

  /** Plays a sound about what happens in this tab. */
  play(sound: Sound): void {
    if (this.isWanted(sound)) this.sound(sound);
  }

  /** Plays a sound about what all tabs have received: in one of them, and one at a time if much arrives at once. */
  announce(sound: Sound): void {
    if (!this.isWanted(sound) || !this.context) return;
    void this.tabs.once("sound", () => {
      this.sound(sound);
      return new Promise((resolve) => setTimeout(resolve, HELD_MS));
    });
  }

  /** Rings in one tab until the returned function is called. */
  repeat(sound: "ring" | "ringBack", key: string): () => void {
    const end = new AbortController();
    if (this.isWanted(sound)) void this.ring(sound, key, end.signal).catch(() => undefined);
    return () => end.abort();
  }

  private async ring(sound: "ring" | "ringBack", key: string, signal: AbortSignal): Promise<void> {
    await this.opened;
    if (signal.aborted) return;
    await this.tabs.alone(`${sound}-${key}`, () => this.ringing(sound, signal), signal);
  }

  private ringing(sound: "ring" | "ringBack", signal: AbortSignal): Promise<void> {
    let silence = this.sound(sound);
    const timer = setInterval(() => (silence = this.sound(sound)), RING_MS[sound]);
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => {
        clearInterval(timer);
        silence?.();
        resolve();
      });
    });
  }

  private sound(sound: Sound): (() => void) | undefined {
    const { context } = this;
    if (context?.state === "suspended") void context.resume();
    return context ? play(context, sound) : undefined;
  }

  private isWanted(sound: Sound): boolean {
    return !this.isQuiet() && this.isOn(sound === "unmute" ? "mute" : sound);
  }
}
