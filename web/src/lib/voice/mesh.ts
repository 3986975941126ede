// Everybody in a voice channel, each connected with each: who joins offers to those who are there already, and they
// answer. Nothing passes through the server but the signals.
import { Peer, type PeerEvents } from "./peer";
import type { Quality } from "./quality";
import type { Signal, UserId } from "./signal";

export type Picture = "screen" | "camera";

export class Mesh {
  private readonly peers = new Map<UserId, Peer>();
  private readonly work = new Map<UserId, Promise<void>>();
  private readonly shown = { screen: new MediaStream(), camera: new MediaStream() };

  /** `voice` holds the own microphone, or no track for who only listens. */
  constructor(
    private readonly self: UserId,
    private readonly voice: MediaStream,
    private readonly configuration: RTCConfiguration,
    private readonly events: PeerEvents,
  ) {}

  /** Begins with everybody who is there already. */
  greet(users: Iterable<UserId>): void {
    for (const user of users) if (user !== this.self && !this.peers.has(user)) this.open(user);
  }

  /** Takes what somebody says, one thing after the other. */
  receive(from: UserId, signal: Signal): Promise<void> {
    const turn = (this.work.get(from) ?? Promise.resolve()).then(() => this.take(from, signal));
    const settled = turn.catch((error: unknown) => console.info("voice: a signal was not understood", error));
    this.work.set(from, settled);
    return settled;
  }

  drop(user: UserId): void {
    this.peers.get(user)?.close();
    this.peers.delete(user);
    this.work.delete(user);
  }

  /** Keeps only these; whoever left meanwhile is dropped. */
  keep(users: ReadonlySet<UserId>): void {
    for (const user of [...this.peers.keys()]) if (!users.has(user)) this.drop(user);
  }

  close(): void {
    for (const user of [...this.peers.keys()]) this.drop(user);
  }

  /** Shows a screen or a camera to everybody, and to who comes later, until it is hidden. */
  show(kind: Picture, track: MediaStreamTrack): void {
    this.shown[kind].addTrack(track);
    for (const peer of this.peers.values()) peer.add(track, this.shown[kind]);
  }

  hide(kind: Picture, track: MediaStreamTrack): void {
    this.shown[kind].removeTrack(track);
    for (const peer of this.peers.values()) peer.remove(track);
  }

  /** Speaks through another microphone from now on; the first one of somebody who only listened is new to the others. */
  async speakThrough(track: MediaStreamTrack): Promise<void> {
    const [before] = this.voice.getAudioTracks();
    if (before) this.voice.removeTrack(before);
    this.voice.addTrack(track);
    const peers = [...this.peers.values()];
    if (before) await Promise.all(peers.map((peer) => peer.replace(before, track)));
    else for (const peer of peers) peer.add(track, this.voice);
  }

  /** Another camera in the place of one that is shown. */
  async exchange(before: MediaStreamTrack, after: MediaStreamTrack): Promise<void> {
    this.shown.camera.removeTrack(before);
    this.shown.camera.addTrack(after);
    await Promise.all([...this.peers.values()].map((peer) => peer.replace(before, after)));
  }

  /** How each connection was since this was asked last. */
  async qualities(): Promise<[UserId, Quality][]> {
    const peers = [...this.peers.values()];
    return Promise.all(
      peers.map(async (peer): Promise<[UserId, Quality]> => [peer.user, await peer.quality()]),
    );
  }

  /** Who was louder than silence since this was asked last. */
  async speaking(threshold: number): Promise<UserId[]> {
    const peers = [...this.peers.values()];
    const loudness = await Promise.all(peers.map((peer) => peer.loudness()));
    return peers.filter((_, index) => loudness[index]! > threshold).map((peer) => peer.user);
  }

  private async take(from: UserId, signal: Signal): Promise<void> {
    let peer = this.peers.get(from);
    if (signal.type === "offer" && peer?.isStranger(signal)) {
      this.peers.delete(from);
      peer.close();
      peer = undefined;
    }
    if (!peer && signal.type !== "offer") return;
    await (peer ?? this.open(from)).receive(signal);
  }

  private open(user: UserId): Peer {
    const { screen } = this.shown;
    const peer = new Peer(user, this.self < user, screen.id, this.configuration, this.events);
    this.peers.set(user, peer);
    peer.add(this.voice.getAudioTracks()[0] ?? null, this.voice);
    for (const stream of Object.values(this.shown))
      for (const track of stream.getTracks()) peer.add(track, stream);
    return peer;
  }
}
