// What a sound or a video does at the moment, read from the browser's own player, and what may be asked of it. Of all
// that are on the page only one plays.
import { keep, recall } from "../store/storage";

const VOLUME = "coterie-volume";
const RATES = [1, 1.25, 1.5, 2, 0.75];
const TOLD = [
  ...["play", "pause", "ended", "timeupdate", "seeking", "seeked", "loadedmetadata", "durationchange"],
  ...["volumechange", "ratechange", "emptied", "error"],
];

export class Playback {
  isPlaying = $state(false);
  /** Whether it was ever asked to play. */
  hasBegun = $state(false);
  /** Seconds, to a tenth. */
  position = $state(0);
  /** Seconds; null until it is known, and for what has no end. */
  length = $state<number | null>(null);
  /** From 0 to 1. */
  volume = $state(1);
  isMuted = $state(false);
  rate = $state(1);
  /** Lost: it may come when asked again. Unknown: this browser cannot play it. */
  problem = $state<"lost" | "unknown" | null>(null);
  private media: HTMLMediaElement | undefined;

  /** For the element that plays. */
  readonly follow = (media: HTMLMediaElement): (() => void) => {
    this.media = media;
    media.volume = Number(recall(VOLUME) ?? 1);
    const ending = new AbortController();
    for (const name of TOLD) media.addEventListener(name, this.look, { signal: ending.signal });
    media.addEventListener("play", this.begun, { signal: ending.signal });
    return () => ending.abort();
  };

  toggle(): void {
    if (this.isPlaying) this.media?.pause();
    else this.media?.play().catch(this.look);
  }

  /** To a second; beyond the ends means the ends. */
  seek(to: number): void {
    if (!this.media || this.length === null) return;
    this.media.currentTime = Math.min(Math.max(to, 0), this.length);
    this.look();
  }

  setVolume(to: number): void {
    if (!this.media) return;
    this.media.volume = to;
    this.media.muted = to === 0;
    keep(VOLUME, String(to || 1));
  }

  toggleSound(): void {
    if (this.media) this.media.muted = !this.media.muted;
  }

  nextRate(): void {
    if (this.media) this.media.playbackRate = RATES[(RATES.indexOf(this.rate) + 1) % RATES.length]!;
  }

  tryAgain(): void {
    this.media?.load();
  }

  private readonly begun = (): void => {
    this.hasBegun = true;
    for (const other of document.querySelectorAll<HTMLMediaElement>("[data-clip]")) {
      if (other !== this.media) other.pause();
    }
    this.tick();
  };

  /** Events of the position come four times a second, which a bar shows as jumps. */
  private readonly tick = (): void => {
    if (!this.media?.isConnected || this.media.paused) return;
    this.look();
    requestAnimationFrame(this.tick);
  };

  private readonly look = (): void => {
    const { media } = this;
    if (!media) return;
    this.isPlaying = !media.paused && !media.ended;
    this.position = Math.round(media.currentTime * 10) / 10;
    this.length = Number.isFinite(media.duration) ? media.duration : null;
    this.volume = media.volume;
    this.isMuted = media.muted;
    this.rate = media.playbackRate;
    this.problem = media.error && (isLost(media.error) ? "lost" : "unknown");
  };
}

/** What never came is told as if it could not be understood. */
const isLost = ({ code }: MediaError): boolean => code === MediaError.MEDIA_ERR_NETWORK || !navigator.onLine;
