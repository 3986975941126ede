// Short sounds, made of a few tones with WebAudio: nothing to download. Each tone swells and fades, so that it does not
// click.

export type Sound = "message" | "mention" | "join" | "leave" | "mute" | "unmute" | "ring" | "ringBack";

/** A pitch in hertz, when it begins and how long it lasts, in seconds. */
type Tone = [pitch: number, start: number, length: number];

const TONES: Record<Sound, Tone[]> = {
  message: [[659, 0, 0.16]],
  mention: [
    [784, 0, 0.14],
    [1047, 0.11, 0.22],
  ],
  join: [
    [440, 0, 0.12],
    [659, 0.09, 0.18],
  ],
  leave: [
    [659, 0, 0.12],
    [440, 0.09, 0.18],
  ],
  mute: [
    [523, 0, 0.08],
    [392, 0.07, 0.1],
  ],
  unmute: [
    [392, 0, 0.08],
    [523, 0.07, 0.1],
  ],
  ring: [523, 659, 784, 659, 523, 659, 784, 1047].map((pitch, index) => [pitch, index * 0.17, 0.24]),
  ringBack: [
    [440, 0, 1],
    [480, 0, 1],
  ],
};

/** How long it is from one ring to the next, in milliseconds. */
export const RING_MS = { ring: 2_600, ringBack: 4_000 };

const LOUDNESS = 0.12;
const SWELL = 0.012;

/** Plays a sound; the returned function silences it. */
export function play(context: AudioContext, sound: Sound): () => void {
  const out = new GainNode(context, { gain: LOUDNESS });
  out.connect(context.destination);
  for (const tone of TONES[sound]) sing(context, out, tone);
  return () => out.disconnect();
}

function sing(context: AudioContext, out: AudioNode, [frequency, start, length]: Tone): void {
  const tone = new OscillatorNode(context, { type: "triangle", frequency });
  const envelope = new GainNode(context, { gain: 0 });
  const begin = context.currentTime + start;
  envelope.gain.setValueAtTime(0, begin);
  envelope.gain.linearRampToValueAtTime(1, begin + SWELL);
  envelope.gain.setTargetAtTime(0, begin + length / 2, length / 6);
  tone.connect(envelope).connect(out);
  tone.start(begin);
  tone.stop(begin + length);
}
