// A call in a voice channel or a conversation: the microphone, the mesh, and the user's voice state on the server.
// Loaded when the user first joins.
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { Api } from "../api/api";
import type { Id, OwnVoiceChange, Place, VoiceState } from "../api/types";
import type { Choices } from "./choices.svelte";
import { openCamera, openMicrophone } from "./devices";
import { Ice } from "./ice.svelte";
import { Mesh } from "./mesh";
import { meterOf, type Meter } from "./meter";
import type { MediaKind } from "./peer";
import { isUnreached, lostIn, type Quality } from "./quality";
import type { ReceivedSignal, Signal } from "../sync/signals";
import { signalIn } from "./signal";
import { Sounds, type Loudness } from "./sounds";

const LISTEN_MS = 200;
const QUALITY_MS = 2_000;
const LOUD = 0.02;

export interface CallEvents {
  signal: (to: Id, signal: Signal) => void;
  /** The server has the user in the channel; connecting with the others begins. */
  joined: () => void;
  /** Fetches who is in a channel, for `states`. */
  load: (channel: Id) => Promise<void>;
  states: (channel: Id) => VoiceState[];
  put: (state: VoiceState) => void;
  sound: (name: "mute" | "unmute") => void;
  report: (error: unknown) => void;
}

export class Call {
  isMuted = $state(false);
  isDeaf = $state(false);
  hasMicrophone = $state(false);
  screen = $state.raw<MediaStream | null>(null);
  camera = $state.raw<MediaStream | null>(null);

  /** Whether the push-to-talk key is held. */
  isHeld = $state(false);

  /**
   * Who is speaking right now, the user included; whose screens and cameras are shown; the quality of each connection.
   */
  readonly speaking = new SvelteSet<Id>();
  readonly screens = new SvelteMap<Id, MediaStream>();
  readonly cameras = new SvelteMap<Id, MediaStream>();
  readonly qualities = new SvelteMap<Id, Quality>();

  /** Whether someone has not been reached for a while. */
  hasUnreached = $state(false);
  readonly ice: Ice;

  private readonly sounds: Sounds;
  private mesh: Mesh | null = null;
  private microphone = new MediaStream();
  private meter: Meter | null = null;
  private lost = new Map<Id, number>();
  private readonly timers: ReturnType<typeof setInterval>[] = [];
  private hasEnded = false;

  /** The user's voice state as joining returned it; null if the call had ended before that was asked for. */
  private joined: Promise<VoiceState | null> = Promise.resolve(null);

  constructor(
    private readonly self: Id,
    public channel: Place,
    private readonly api: Api,
    readonly choices: Choices,
    private readonly events: CallEvents,
  ) {
    const speaker = () => choices.devices.speaker;
    this.sounds = new Sounds((user) => this.loudnessOf(user), speaker, events.report);
    const renewed = (configuration: RTCConfiguration) => this.mesh?.configure(configuration);
    this.ice = new Ice({ fetch: api.iceServers, choices, renewed });
  }

  /** Joins the channel, with a microphone if the user allows one, and connects with everyone in it. */
  async begin(): Promise<void> {
    this.joined = this.join();
    const state = await this.joined;
    if (!state || this.hasEnded) return;
    this.events.joined();
    this.timers.push(setInterval(() => void this.listen(), LISTEN_MS));
    this.timers.push(setInterval(() => void this.measureQuality(), QUALITY_MS));
    await this.enter(state);
  }

  private async join(): Promise<VoiceState | null> {
    await this.useMicrophone().catch(() => undefined);
    return this.hasEnded ? null : this.api.joinVoice(this.channel.id);
  }

  /** Whether the server has the user in the channel, once joining is over. */
  private async isJoined(): Promise<boolean> {
    return (await this.joined.catch(() => null)) !== null;
  }

  /** Ends the call, and leaves the channel, however far joining it has come. */
  async leave(): Promise<void> {
    this.end();
    if (await this.isJoined()) await this.api.leaveVoice(this.channel.id);
  }

  /** Uses the chosen microphone with the chosen processing. */
  async useMicrophone(): Promise<void> {
    const opened = await openMicrophone(this.choices.devices, this.choices.treatment);
    const track = opened.getAudioTracks()[0]!;
    if (this.hasEnded) return track.stop();
    const [before] = this.microphone.getAudioTracks();
    track.enabled = before?.enabled ?? this.isTransmitting;
    await this.mesh?.replaceMicrophone(track);
    for (const old of this.microphone.getAudioTracks()) this.microphone.removeTrack(old);
    this.microphone.addTrack(track);
    before?.stop();
    this.meter?.close();
    this.meter = meterOf(opened);
    this.hasMicrophone = true;
    // It was unplugged: use whatever the system has now.
    track.onended = () => void this.useMicrophone().catch(() => (this.hasMicrophone = false));
  }

  useSpeaker(): Promise<void> {
    return this.sounds.moveTo(this.choices.devices.speaker);
  }

  /** Connects as chosen now: through the TURN server alone, or directly too. */
  useRoute(): void {
    this.mesh?.configure(this.ice.configuration);
    this.mesh?.restart();
  }

  /** Uses another camera in place of the active one. */
  async useCamera(): Promise<void> {
    const before = this.camera;
    if (!before) return;
    const after = await openCamera(this.choices.devices);
    await this.mesh?.exchange(before.getVideoTracks()[0]!, after.getVideoTracks()[0]!);
    for (const track of before.getTracks()) track.stop();
    this.watch(after);
  }

  /** Changes a person's volume. */
  setVolume(user: Id, volume: number): void {
    this.choices.setVolume(user, volume);
    this.sounds.adjust(user);
  }

  hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    this.applyMute();
  }

  /** A moderator moved the user to another channel. */
  async moveTo(channel: Place, state: VoiceState): Promise<void> {
    this.mesh?.close();
    this.channel = channel;
    await this.enter(state);
  }

  /** The gateway is connected again: if the user's voice state was lost meanwhile, they join again. */
  async resume(): Promise<void> {
    if (!(await this.isJoined())) return;
    await this.events.load(this.channel.id);
    if (this.hasEnded) return;
    const states = this.events.states(this.channel.id);
    if (!states.some((state) => state.user_id === this.self))
      await this.enter(await this.api.joinVoice(this.channel.id));
    else this.mesh?.keep(new Set(states.map((state) => state.user_id)));
  }

  receive(signal: ReceivedSignal): void {
    const known = signalIn(signal);
    if (known) void this.mesh?.receive(signal.from_user_id, known);
  }

  /** A voice state has changed; the user's own too, when a moderator mutes them. */
  changed(user: Id, state: VoiceState | undefined): void {
    if (user === this.self) this.apply();
    else if (state?.channel_id === this.channel.id) this.sounds.adjust(user);
    else this.mesh?.drop(user);
  }

  async setMuted(isMuted: boolean): Promise<void> {
    await this.updateState({ self_mute: isMuted, ...(isMuted ? {} : { self_deaf: false }) });
    this.events.sound(isMuted ? "mute" : "unmute");
  }

  async setDeaf(isDeaf: boolean): Promise<void> {
    await this.updateState({ self_deaf: isDeaf });
    this.events.sound(isDeaf ? "mute" : "unmute");
  }

  /** Shows a screen that the user chooses until they stop, here or in the browser. */
  async shareScreen(): Promise<void> {
    const screen = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: false });
    const track = screen.getVideoTracks()[0]!;
    track.onended = () => void this.stopScreen().catch(this.events.report);
    try {
      await this.updateState({ self_screen: true });
    } catch (error) {
      track.stop();
      throw error;
    }
    this.screen = screen;
    this.mesh?.show("screen", track);
  }

  stopScreen(): Promise<void> {
    return this.stop("screen", { self_screen: false });
  }

  /** Turns on the chosen camera, and shows it. */
  async startCamera(): Promise<void> {
    await this.showCamera(await openCamera(this.choices.devices));
  }

  /** Shows a camera that is already on, so that others see the same picture that the user saw in the preview. */
  async showCamera(camera: MediaStream): Promise<void> {
    await this.updateState({ self_video: true });
    this.mesh?.show("camera", camera.getVideoTracks()[0]!);
    this.watch(camera);
  }

  stopCamera(): Promise<void> {
    return this.stop("camera", { self_video: false });
  }

  /** Releases everything, without leaving the channel. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.timers.forEach(clearInterval);
    this.ice.end();
    this.mesh?.close();
    this.meter?.close();
    for (const stream of [this.microphone, this.camera, this.screen])
      for (const track of stream?.getTracks() ?? []) track.stop();
    this.screen = null;
    this.camera = null;
  }

  private async stop(kind: "screen" | "camera", change: OwnVoiceChange): Promise<void> {
    const stream = this[kind];
    if (!stream) return;
    this[kind] = null;
    for (const track of stream.getVideoTracks()) {
      this.mesh?.hide(kind, track);
      track.stop();
    }
    await this.updateState(change);
  }

  private watch(camera: MediaStream): void {
    this.camera = camera;
    camera.getVideoTracks()[0]!.onended = () => void this.stopCamera().catch(this.events.report);
  }

  private async enter(state: VoiceState): Promise<void> {
    this.events.put(state);
    const configuration = await this.ice.fetch();
    if (this.hasEnded) return;
    this.mesh?.close();
    this.mesh = new Mesh(this.self, this.microphone, configuration, {
      send: this.events.signal,
      trackChanged: (from, kind, stream) => this.trackChanged(from, kind, stream),
      renew: () => this.ice.renewIfDue(),
    });
    await this.events.load(this.channel.id);
    if (this.hasEnded) return;
    this.apply();
    this.mesh.connect(this.events.states(this.channel.id).map((each) => each.user_id));
    for (const kind of ["screen", "camera"] as const)
      for (const track of this[kind]?.getVideoTracks() ?? []) this.mesh.show(kind, track);
  }

  /** While the channel is being joined, the change waits for that. */
  private async updateState(change: OwnVoiceChange): Promise<void> {
    if (!(await this.isJoined()) || this.hasEnded) return;
    this.events.put(await this.api.changeVoice(this.channel.id, change));
    this.apply();
  }

  private get own(): VoiceState | undefined {
    return this.events.states(this.channel.id).find((state) => state.user_id === this.self);
  }

  private apply(): void {
    const own = this.own;
    if (!own) return;
    this.isDeaf = own.self_deaf || own.server_deaf;
    this.isMuted = own.self_mute || own.server_mute || this.isDeaf;
    this.applyMute();
    this.sounds.adjust();
  }

  private get isTransmitting(): boolean {
    return !this.isMuted && (this.isHeld || !this.choices.talkKey.isOn);
  }

  /** Enables or disables the microphone's track. */
  applyMute(): void {
    for (const track of this.microphone.getAudioTracks()) track.enabled = this.isTransmitting;
  }

  /** The listener's client enforces a server mute: nothing between two browsers could. */
  private loudnessOf(user: Id): Loudness {
    const state = this.events.states(this.channel.id).find((each) => each.user_id === user);
    return { isMuted: this.isDeaf || (state?.server_mute ?? false), volume: this.choices.volumeOf(user) };
  }

  private trackChanged(from: Id, kind: MediaKind, stream: MediaStream | null): void {
    if (kind !== "voice") put(kind === "screen" ? this.screens : this.cameras, from, stream);
    else if (stream) this.sounds.put(from, stream);
    else {
      this.sounds.drop(from);
      this.speaking.delete(from);
      this.qualities.delete(from);
    }
  }

  private async listen(): Promise<void> {
    const { mesh } = this;
    const loud = new Set(await mesh?.speaking(LOUD));
    if (mesh !== this.mesh) return;
    if (this.isTransmitting && (this.meter?.level() ?? 0) > LOUD) loud.add(this.self);
    for (const user of [...this.speaking]) if (!loud.has(user)) this.speaking.delete(user);
    for (const user of loud) this.speaking.add(user);
  }

  private async measureQuality(): Promise<void> {
    const { mesh } = this;
    const found = (await mesh?.qualities()) ?? [];
    if (mesh !== this.mesh) return;
    for (const [user, quality] of found) this.qualities.set(user, quality);
    this.lost = lostIn(this.lost, found);
    this.hasUnreached = isUnreached(this.lost);
  }
}

function put(streams: SvelteMap<Id, MediaStream>, user: Id, stream: MediaStream | null): void {
  if (stream) streams.set(user, stream);
  else streams.delete(user);
}
