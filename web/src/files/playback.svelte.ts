// The state of an audio or video, read from the browser's own player, and the commands for it. Only one plays at a time
// on the page.
//
// Before the first byte, browsers do not distinguish "not supported" from "not loaded": without a connection it is
// treated as the latter, and can be retried.
import { keep, recall } from "../store/storage";

const VOLUME = "coterie-volume";
const RATES = [1, 1.25, 1.5, 2, 0.75];
const STATE_EVENTS = [
  ...["play", "pause", "ended", "timeupdate", "seeking", "seeked", "loadedmetadata", "durationchange"],
  ...["volumechange", "ratechange", "emptied", "error"],
];

export class Playback {
  isPlaying = $state(false);
  /** Whether it was ever started. */
  hasBegun = $state(false);
  /** Seconds, to a tenth. */
  position = $state(0);
  /** Seconds; null while unknown, and for live media. */
  length = $state<number | null>(null);
  /** From 0 to 1. */
  volume = $state(1);
  isMuted = $state(false);
  rate = $state(1);
  /** Lost: it may load on a retry. Unknown: this browser cannot play it. */
  problem = $state<"lost" | "unknown" | null>(null);
  private media: HTMLMediaElement | undefined;

  /** For the media element. */
  readonly follow = (media: HTMLMediaElement): (() => void) => {
    this.media = media;
    media.volume = Number(recall(VOLUME) ?? 1);
    const ending = new AbortController();
    for (const name of STATE_EVENTS) media.addEventListener(name, this.look, { signal: ending.signal });
    media.addEventListener("play", this.begun, { signal: ending.signal });
    return () => ending.abort();
  };

  toggle(): void {
    if (this.isPlaying) this.media?.pause();
    else this.media?.play().catch(this.look);
  }

  /** To a second; values beyond the ends are clamped. */
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

  /** Position events come four times per second, which would make the bar jump. */
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

/** Media that never loaded is reported as if it were not supported. */
const isLost = ({ code }: MediaError): boolean => code === MediaError.MEDIA_ERR_NETWORK || !navigator.onLine;
