// The voices of the others, each at the chosen volume, on the chosen speaker.
import type { Id } from "../api/types";
import { setSpeaker } from "./devices";

export interface Loudness {
  isMuted: boolean;
  /** From 0 to 1. */
  volume: number;
}

export class Sounds {
  private readonly sounds = new Map<Id, HTMLAudioElement>();

  constructor(
    private readonly loudnessOf: (user: Id) => Loudness,
    private readonly speaker: () => string,
    private readonly report: (error: unknown) => void,
  ) {}

  put(user: Id, stream: MediaStream): void {
    const sound = this.sounds.get(user) ?? new Audio();
    this.sounds.set(user, sound);
    sound.srcObject = stream;
    this.adjust(user);
    void setSpeaker(sound, this.speaker());
    sound.play().catch(this.report);
  }

  drop(user: Id): void {
    this.sounds.get(user)?.pause();
    this.sounds.delete(user);
  }

  /** Sets the volume of one person, or of all. */
  adjust(user?: Id): void {
    for (const each of user ? [user] : this.sounds.keys()) {
      const sound = this.sounds.get(each);
      const { isMuted, volume } = this.loudnessOf(each);
      if (sound) Object.assign(sound, { muted: isMuted, volume });
    }
  }

  /** Another speaker was chosen. */
  async moveTo(speaker: string): Promise<void> {
    await Promise.all([...this.sounds.values()].map((sound) => setSpeaker(sound, speaker)));
  }
}
