// How loud an audio stream is right now.

export interface Meter {
  /** From 0 to 1, the mean of the last moments. */
  level: () => number;
  close: () => void;
}

const SAMPLES = 2048;

export function meterOf(stream: MediaStream): Meter {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = SAMPLES;
  const source = context.createMediaStreamSource(stream);
  source.connect(analyser);
  const wave = new Float32Array(SAMPLES);
  return {
    level: () => {
      analyser.getFloatTimeDomainData(wave);
      return Math.sqrt(wave.reduce((sum, value) => sum + value * value, 0) / SAMPLES);
    },
    close: () => void context.close(),
  };
}

/** A level as a share of a meter's width: by perceived loudness, from -60 to 0 decibels. */
export function shareOf(level: number): number {
  return level <= 0 ? 0 : Math.min(1, Math.max(0, 1 + Math.log10(level) / 3));
}
