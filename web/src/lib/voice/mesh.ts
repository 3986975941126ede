// Everybody in a voice channel, each connected with each: who joins offers to those who are there already, and they
// answer. Nothing passes through the server but the signals.
import { Peer, type PeerEvents } from "./peer";
import type { Signal, UserId } from "./signal";

export class Mesh {
  private readonly peers = new Map<UserId, Peer>();
  private readonly work = new Map<UserId, Promise<void>>();
  private readonly screen = new MediaStream();

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

  /** Shows a screen to everybody, and to who comes later, until it is hidden. */
  show(track: MediaStreamTrack): void {
    this.screen.addTrack(track);
    for (const peer of this.peers.values()) peer.add(track, this.screen);
  }

  hide(track: MediaStreamTrack): void {
    this.screen.removeTrack(track);
    for (const peer of this.peers.values()) peer.remove(track);
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
    const peer = new Peer(user, this.self < user, this.configuration, this.events);
    this.peers.set(user, peer);
    peer.add(this.voice.getAudioTracks()[0] ?? null, this.voice);
    for (const track of this.screen.getTracks()) peer.add(track, this.screen);
    return peer;
  }
}
