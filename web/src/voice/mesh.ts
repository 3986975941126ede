// Everyone in a voice channel, each connected with each: a user who joins sends offers to those already there, and they
// answer. Only the signals pass through the server.
import { Peer, type PeerEvents } from "./peer";
import type { Quality } from "./quality";
import type { Signal, UserId } from "../sync/signals";

export type Picture = "screen" | "camera";

export class Mesh {
  private readonly peers = new Map<UserId, Peer>();
  private readonly work = new Map<UserId, Promise<void>>();
  private readonly shown = { screen: new MediaStream(), camera: new MediaStream() };

  /** `voice` holds the user's microphone, or no track for users who only listen. */
  constructor(
    private readonly self: UserId,
    private readonly voice: MediaStream,
    private configuration: RTCConfiguration,
    private readonly events: PeerEvents,
  ) {}

  /** Starts with everyone who is already there. */
  connect(users: Iterable<UserId>): void {
    for (const user of users) if (user !== this.self && !this.peers.has(user)) this.open(user);
  }

  /** Handles a person's signals, one after the other. */
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

  /** Keeps only these; connections to anyone who left meanwhile are dropped. */
  keep(users: ReadonlySet<UserId>): void {
    for (const user of [...this.peers.keys()]) if (!users.has(user)) this.drop(user);
  }

  close(): void {
    for (const user of [...this.peers.keys()]) this.drop(user);
  }

  /** What connections use when they next look for a way, and those that begin later. */
  configure(configuration: RTCConfiguration): void {
    this.configuration = configuration;
    for (const peer of this.peers.values()) peer.configure(configuration);
  }

  /** All connections look for another way now. */
  restart(): void {
    for (const peer of this.peers.values()) peer.restart();
  }

  /** Shows a screen or a camera to everyone, and to those who join later, until it is hidden. */
  show(kind: Picture, track: MediaStreamTrack): void {
    this.shown[kind].addTrack(track);
    for (const peer of this.peers.values()) peer.add(track, this.shown[kind]);
  }

  hide(kind: Picture, track: MediaStreamTrack): void {
    this.shown[kind].removeTrack(track);
    for (const peer of this.peers.values()) peer.remove(track);
  }

  /** Uses another microphone; the first one of a user who only listened is a new track for the others. */
  async replaceMicrophone(track: MediaStreamTrack): Promise<void> {
    const [before] = this.voice.getAudioTracks();
    if (before) this.voice.removeTrack(before);
    this.voice.addTrack(track);
    const peers = [...this.peers.values()];
    if (before) await Promise.all(peers.map((peer) => peer.replace(before, track)));
    else for (const peer of peers) peer.add(track, this.voice);
  }

  /** Replaces a camera that is shown. */
  async exchange(before: MediaStreamTrack, after: MediaStreamTrack): Promise<void> {
    this.shown.camera.removeTrack(before);
    this.shown.camera.addTrack(after);
    await Promise.all([...this.peers.values()].map((peer) => peer.replace(before, after)));
  }

  /** The quality of each connection since this was last called. */
  async qualities(): Promise<[UserId, Quality][]> {
    const peers = [...this.peers.values()];
    return Promise.all(
      peers.map(async (peer): Promise<[UserId, Quality]> => [peer.user, await peer.quality()]),
    );
  }

  /** Who was louder than silence since this was last called. */
  async speaking(threshold: number): Promise<UserId[]> {
    const peers = [...this.peers.values()];
    const loudness = await Promise.all(peers.map((peer) => peer.loudness()));
    return peers.filter((_, index) => loudness[index]! > threshold).map((peer) => peer.user);
  }

  private async take(from: UserId, signal: Signal): Promise<void> {
    let peer = this.peers.get(from);
    if (signal.type === "offer" && peer?.isFromOtherConnection(signal)) {
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
