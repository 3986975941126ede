// Being in a voice channel or in the call of a conversation: the microphone, the mesh, and what I tell the server of it. Loaded when somebody joins.
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { Api } from "../../api/api";
import type { Id, OwnVoiceChange, Place, VoiceState } from "../../api/types";
import type { Choices } from "./choices.svelte";
import { openCamera, openMicrophone } from "./devices";
import { Mesh } from "./mesh";
import { meterOf, type Meter } from "./meter";
import type { MediaKind } from "./peer";
import type { Quality } from "./quality";
import { signalIn, type ReceivedSignal, type Signal } from "./signal";
import { Sounds, type Loudness } from "./sounds";

const LISTEN_MS = 200;
const JUDGE_MS = 2_000;
const LOUD = 0.02;

export interface CallEvents {
  signal: (to: Id, signal: Signal) => void;
  states: (channel: Id) => VoiceState[];
  put: (state: VoiceState) => void;
  report: (error: unknown) => void;
}

export class Call {
  isMuted = $state(false);
  isDeaf = $state(false);
  hasMicrophone = $state(false);
  screen = $state.raw<MediaStream | null>(null);
  camera = $state.raw<MediaStream | null>(null);

  /** Whether the key that is held to talk is held. */
  isHeld = $state(false);

  /** Whose voice is heard right now, mine among them; whose screens and cameras are shown; how good each way is. */
  readonly speaking = new SvelteSet<Id>();
  readonly screens = new SvelteMap<Id, MediaStream>();
  readonly cameras = new SvelteMap<Id, MediaStream>();
  readonly qualities = new SvelteMap<Id, Quality>();

  private readonly sounds: Sounds;
  private mesh: Mesh | null = null;
  private microphone = new MediaStream();
  private meter: Meter | null = null;
  private readonly timers: ReturnType<typeof setInterval>[] = [];

  constructor(
    private readonly self: Id,
    public channel: Place,
    private readonly api: Api,
    readonly choices: Choices,
    private readonly events: CallEvents,
  ) {
    const speaker = () => choices.devices.speaker;
    this.sounds = new Sounds((user) => this.loudnessOf(user), speaker, events.report);
  }

  /** Takes a place in the channel, with a microphone if the person gives one, and connects with who is there. */
  async begin(): Promise<void> {
    await this.useMicrophone().catch(() => undefined);
    this.timers.push(setInterval(() => void this.listen(), LISTEN_MS));
    this.timers.push(setInterval(() => void this.judge(), JUDGE_MS));
    await this.enter(await this.api.joinVoice(this.channel.id));
  }

  /** Speaks through the microphone that is chosen now, treated as is chosen now. */
  async useMicrophone(): Promise<void> {
    const opened = await openMicrophone(this.choices.devices, this.choices.treatment);
    const track = opened.getAudioTracks()[0]!;
    const [before] = this.microphone.getAudioTracks();
    track.enabled = before?.enabled ?? this.speaks;
    await this.mesh?.speakThrough(track);
    for (const old of this.microphone.getAudioTracks()) this.microphone.removeTrack(old);
    this.microphone.addTrack(track);
    before?.stop();
    this.meter?.close();
    this.meter = meterOf(opened);
    this.hasMicrophone = true;
    // It was pulled out: whatever the system has now.
    track.onended = () => void this.useMicrophone().catch(() => (this.hasMicrophone = false));
  }

  useSpeaker(): Promise<void> {
    return this.sounds.moveTo(this.choices.devices.speaker);
  }

  /** Another camera than the one that is on. */
  async useCamera(): Promise<void> {
    const before = this.camera;
    if (!before) return;
    const after = await openCamera(this.choices.devices);
    await this.mesh?.exchange(before.getVideoTracks()[0]!, after.getVideoTracks()[0]!);
    for (const track of before.getTracks()) track.stop();
    this.watch(after);
  }

  /** Somebody is louder or softer from now on. */
  setVolume(user: Id, volume: number): void {
    this.choices.setVolume(user, volume);
    this.sounds.adjust(user);
  }

  hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    this.speak();
  }

  /** A moderator has put me into another channel. */
  async moveTo(channel: Place, state: VoiceState): Promise<void> {
    this.mesh?.close();
    this.channel = channel;
    await this.enter(state);
  }

  /** The gateway is back: whoever lost their place meanwhile takes it again. */
  async resume(): Promise<void> {
    const states = await this.api.voiceStates(this.channel.id);
    if (!states.some((state) => state.user_id === this.self))
      await this.enter(await this.api.joinVoice(this.channel.id));
    else this.mesh?.keep(new Set(states.map((state) => state.user_id)));
  }

  receive(signal: ReceivedSignal): void {
    const known = signalIn(signal);
    if (known) void this.mesh?.receive(signal.from_user_id, known);
  }

  /** Somebody's place has changed; mine too, when a moderator mutes me. */
  changed(user: Id, state: VoiceState | undefined): void {
    if (user === this.self) this.apply();
    else if (state?.channel_id === this.channel.id) this.sounds.adjust(user);
    else this.mesh?.drop(user);
  }

  async setMuted(isMuted: boolean): Promise<void> {
    await this.tell({ self_mute: isMuted, ...(isMuted ? {} : { self_deaf: false }) });
  }

  async setDeaf(isDeaf: boolean): Promise<void> {
    await this.tell({ self_deaf: isDeaf });
  }

  /** Shows a screen of the person's choice to the channel until they stop, here or in the browser. */
  async shareScreen(): Promise<void> {
    const screen = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: false });
    const track = screen.getVideoTracks()[0]!;
    track.onended = () => void this.stopScreen().catch(this.events.report);
    try {
      await this.tell({ self_screen: true });
    } catch (error) {
      track.stop();
      throw error;
    }
    this.screen = screen;
    this.mesh?.show("screen", track);
  }

  async stopScreen(): Promise<void> {
    const { screen } = this;
    if (!screen) return;
    this.screen = null;
    this.hide("screen", screen);
    await this.tell({ self_screen: false });
  }

  /** Shows a camera that is already on, so that what is sent is what the person saw before. */
  async showCamera(camera: MediaStream): Promise<void> {
    await this.tell({ self_video: true });
    this.mesh?.show("camera", camera.getVideoTracks()[0]!);
    this.watch(camera);
  }

  async stopCamera(): Promise<void> {
    const { camera } = this;
    if (!camera) return;
    this.camera = null;
    this.hide("camera", camera);
    await this.tell({ self_video: false });
  }

  /** Lets everything go; the place in the channel is the caller's to give up. */
  end(): void {
    this.timers.forEach(clearInterval);
    this.mesh?.close();
    this.meter?.close();
    for (const stream of [this.microphone, this.camera, this.screen])
      for (const track of stream?.getTracks() ?? []) track.stop();
    this.screen = null;
    this.camera = null;
  }

  private hide(kind: "screen" | "camera", stream: MediaStream): void {
    for (const track of stream.getVideoTracks()) {
      this.mesh?.hide(kind, track);
      track.stop();
    }
  }

  private watch(camera: MediaStream): void {
    this.camera = camera;
    camera.getVideoTracks()[0]!.onended = () => void this.stopCamera().catch(this.events.report);
  }

  private async enter(state: VoiceState): Promise<void> {
    this.events.put(state);
    const { iceServers } = await this.api.iceServers();
    this.mesh?.close();
    this.mesh = new Mesh(
      this.self,
      this.microphone,
      { iceServers },
      {
        send: this.events.signal,
        heard: (from, kind, stream) => this.heard(from, kind, stream),
      },
    );
    const present = await this.api.voiceStates(this.channel.id);
    for (const each of present) this.events.put(each);
    this.apply();
    this.mesh.greet(present.map((each) => each.user_id));
    for (const kind of ["screen", "camera"] as const)
      for (const track of this[kind]?.getVideoTracks() ?? []) this.mesh.show(kind, track);
  }

  private async tell(change: OwnVoiceChange): Promise<void> {
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
    this.speak();
    this.sounds.adjust();
  }

  private get speaks(): boolean {
    return !this.isMuted && (this.isHeld || !this.choices.talkKey.isOn);
  }

  /** Lets the microphone through, or not. */
  speak(): void {
    for (const track of this.microphone.getAudioTracks()) track.enabled = this.speaks;
  }

  /** Muting is kept by who hears: nothing lies between two browsers that could. */
  private loudnessOf(user: Id): Loudness {
    const state = this.events.states(this.channel.id).find((each) => each.user_id === user);
    return { isMuted: this.isDeaf || (state?.server_mute ?? false), volume: this.choices.volumeOf(user) };
  }

  private heard(from: Id, kind: MediaKind, stream: MediaStream | null): void {
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
    if (this.speaks && (this.meter?.level() ?? 0) > LOUD) loud.add(this.self);
    for (const user of [...this.speaking]) if (!loud.has(user)) this.speaking.delete(user);
    for (const user of loud) this.speaking.add(user);
  }

  private async judge(): Promise<void> {
    const { mesh } = this;
    const found = (await mesh?.qualities()) ?? [];
    if (mesh === this.mesh) for (const [user, quality] of found) this.qualities.set(user, quality);
  }
}

function put(streams: SvelteMap<Id, MediaStream>, user: Id, stream: MediaStream | null): void {
  if (stream) streams.set(user, stream);
  else streams.delete(user);
}
