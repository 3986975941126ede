// A connection to one other person, negotiated so that it does not matter who begins: if both send an offer at once,
// the impolite side's offer wins, and the polite side rolls back its own.
import { countedIn, qualityOf, type Counted, type Quality } from "./quality";
import type { Description, Signal, UserId } from "../sync/signals";
import { marked, originOf, screenIn } from "./signal";

export type MediaKind = "voice" | "camera" | "screen";

export interface PeerEvents {
  send: (to: UserId, signal: Signal) => void;
  /** A track from them arrived, or (null) their last one of this kind ended. */
  trackChanged: (from: UserId, kind: MediaKind, stream: MediaStream | null) => void;
  /** Before a lost connection looks for another way: resolves when it has credentials that are still valid. */
  renew: () => Promise<void>;
}

const ANSWER_MS = 4_000;

export class Peer {
  private readonly connection: RTCPeerConnection;
  private readonly senders = new Map<MediaStreamTrack, RTCRtpSender>();
  private isOffering = false;
  private ignoresOffer = false;
  private audio = { energy: 0, seconds: 0 };
  private counted: Counted = { received: 0, lost: 0, roundTrip: null, isConnected: false };
  private readonly taken = new Set<MediaKind>();
  /** The stream of their screen; any other video is their camera. */
  private theirScreen: string | null = null;
  private reminder: ReturnType<typeof setTimeout> | undefined;

  /** `screen` names the stream with the user's screen, so that they can tell it from the camera. */
  constructor(
    readonly user: UserId,
    private readonly isPolite: boolean,
    private readonly screen: string,
    configuration: RTCConfiguration,
    private readonly events: PeerEvents,
  ) {
    this.connection = new RTCPeerConnection(configuration);
    this.connection.onnegotiationneeded = () => void this.offer();
    this.connection.onicecandidate = ({ candidate }) =>
      this.events.send(user, { type: "candidate", candidate: candidate && JSON.stringify(candidate) });
    this.connection.onconnectionstatechange = () => {
      if (this.connection.connectionState === "failed") void this.reconnect();
    };
    this.connection.ontrack = ({ track, streams }) =>
      this.take(track, streams[0] ?? new MediaStream([track]));
  }

  /** Uses other servers, or only relays, when it next looks for a way. */
  configure(configuration: RTCConfiguration): void {
    this.connection.setConfiguration(configuration);
  }

  /** Looks for another way; sound continues on the present one meanwhile. */
  restart(): void {
    this.connection.restartIce();
  }

  /** Sends a track from now on; null to receive audio only. */
  add(track: MediaStreamTrack | null, stream: MediaStream): void {
    if (track) this.senders.set(track, this.connection.addTrack(track, stream));
    else this.connection.addTransceiver("audio", { direction: "recvonly" });
  }

  remove(track: MediaStreamTrack): void {
    const sender = this.senders.get(track);
    if (!sender) return;
    this.senders.delete(track);
    this.connection.removeTrack(sender);
  }

  /** Replaces a track without renegotiation. */
  async replace(before: MediaStreamTrack, after: MediaStreamTrack): Promise<void> {
    const sender = this.senders.get(before);
    if (!sender) return;
    this.senders.delete(before);
    this.senders.set(after, sender);
    await sender.replaceTrack(after);
  }

  /** The quality of the connection since this was last called. */
  async quality(): Promise<Quality> {
    const isConnected = this.connection.connectionState === "connected";
    const now = countedIn(await this.connection.getStats(), isConnected);
    const quality = qualityOf(this.counted, now);
    this.counted = now;
    return quality;
  }

  /** Whether an offer comes from another connection than the one that this peer knows. */
  isFromOtherConnection(offer: Description): boolean {
    const known = this.connection.remoteDescription;
    return known !== null && originOf(known.sdp) !== originOf(offer.sdp);
  }

  async receive(signal: Signal): Promise<void> {
    if (signal.type === "candidate") await this.takeCandidate(signal.candidate);
    else await this.takeDescription(signal);
  }

  /** The mean loudness since this was last called, from 0 to 1; the level of one moment would miss syllables. */
  async loudness(): Promise<number> {
    const audio = { energy: 0, seconds: 0 };
    for (const receiver of this.connection.getReceivers().filter(({ track }) => track.kind === "audio"))
      for (const stats of (await receiver.getStats()).values())
        if (stats.type === "inbound-rtp") {
          audio.energy += stats.totalAudioEnergy ?? 0;
          audio.seconds += stats.totalSamplesDuration ?? 0;
        }
    const before = this.audio;
    this.audio = audio;
    const seconds = audio.seconds - before.seconds;
    return seconds > 0 ? Math.sqrt(Math.max(0, audio.energy - before.energy) / seconds) : 0;
  }

  close(): void {
    clearTimeout(this.reminder);
    this.connection.close();
    for (const kind of this.taken) this.events.trackChanged(this.user, kind, null);
  }

  private async reconnect(): Promise<void> {
    await this.events.renew();
    if (this.connection.connectionState === "failed") this.restart();
  }

  private take(track: MediaStreamTrack, stream: MediaStream): void {
    const kind = this.kindOf(track, stream);
    this.taken.add(kind);
    this.events.trackChanged(this.user, kind, stream);
    stream.onremovetrack = () => {
      if (!stream.getTracks().some((left) => left.kind === track.kind))
        this.events.trackChanged(this.user, kind, null);
    };
  }

  private kindOf(track: MediaStreamTrack, stream: MediaStream): MediaKind {
    if (track.kind === "audio") return "voice";
    return this.theirScreen === null || stream.id === this.theirScreen ? "screen" : "camera";
  }

  private async offer(): Promise<void> {
    this.isOffering = true;
    try {
      await this.connection.setLocalDescription();
      this.sendDescription();
      this.resendOffer();
    } catch (error) {
      if (this.connection.signalingState !== "closed") throw error;
    } finally {
      this.isOffering = false;
    }
  }

  /** An offer may get lost while the other side's gateway connection is down. */
  private resendOffer(): void {
    clearTimeout(this.reminder);
    this.reminder = setTimeout(() => {
      if (this.connection.signalingState !== "have-local-offer") return;
      this.sendDescription();
      this.resendOffer();
    }, ANSWER_MS);
  }

  private async takeDescription(description: Description): Promise<void> {
    const isStable = this.connection.signalingState === "stable";
    const collides = description.type === "offer" && (this.isOffering || !isStable);
    this.ignoresOffer = !this.isPolite && collides;
    if (this.ignoresOffer || (description.type === "answer" && isStable)) return;
    this.theirScreen = screenIn(description.sdp);
    await this.connection.setRemoteDescription(description);
    if (description.type !== "offer") return;
    await this.connection.setLocalDescription();
    this.sendDescription();
  }

  private async takeCandidate(candidate: string | null): Promise<void> {
    try {
      await this.connection.addIceCandidate(
        candidate ? (JSON.parse(candidate) as RTCIceCandidateInit) : undefined,
      );
    } catch (error) {
      const isLate = this.connection.remoteDescription === null; // for a connection that was closed
      if (!this.ignoresOffer && !isLate) throw error;
    }
  }

  private sendDescription(): void {
    const { type, sdp } = this.connection.localDescription ?? {};
    if ((type === "offer" || type === "answer") && sdp)
      this.events.send(this.user, { type, sdp: marked(sdp, this.screen) });
  }
}
