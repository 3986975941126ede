// Being in a voice channel or in the call of a conversation: the microphone, the mesh, and what I tell the server of it. Loaded when somebody joins.
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { Api } from "../../api/api";
import type { Id, OwnVoiceChange, Place, VoiceState } from "../../api/types";
import { Mesh } from "./mesh";
import { signalIn, type ReceivedSignal, type Signal } from "./signal";

const LISTEN_MS = 200;
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
  screen = $state<MediaStreamTrack | null>(null);

  /** Whose voice is heard right now, and whose screens are shown. */
  readonly speaking = new SvelteSet<Id>();
  readonly screens = new SvelteMap<Id, MediaStream>();

  private readonly sounds = new Map<Id, HTMLAudioElement>();
  private mesh: Mesh | null = null;
  private microphone = new MediaStream();
  private listening: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly self: Id,
    public channel: Place,
    private readonly api: Api,
    private readonly events: CallEvents,
  ) {}

  /** Takes a place in the channel, with a microphone if the person gives one, and connects with who is there. */
  async begin(): Promise<void> {
    this.microphone = await openMicrophone();
    this.hasMicrophone = this.microphone.getAudioTracks().length > 0;
    this.listening = setInterval(() => void this.listen(), LISTEN_MS);
    await this.enter(await this.api.joinVoice(this.channel.id));
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
    else if (state?.channel_id === this.channel.id) this.applyTo(user);
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
    const shown = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: false });
    const track = shown.getVideoTracks()[0]!;
    track.onended = () => void this.stopScreen().catch(this.events.report);
    await this.tell({ self_screen: true });
    this.screen = track;
    this.mesh?.show(track);
  }

  async stopScreen(): Promise<void> {
    const track = this.screen;
    if (!track) return;
    this.screen = null;
    this.mesh?.hide(track);
    track.stop();
    await this.tell({ self_screen: false });
  }

  /** Lets everything go; the place in the channel is the caller's to give up. */
  end(): void {
    clearInterval(this.listening);
    this.mesh?.close();
    this.screen?.stop();
    this.screen = null;
    for (const track of this.microphone.getTracks()) track.stop();
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
    if (this.screen) this.mesh.show(this.screen);
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
    for (const track of this.microphone.getAudioTracks()) track.enabled = !this.isMuted;
    for (const user of this.sounds.keys()) this.applyTo(user);
  }

  /** Muting is kept by who hears: nothing lies between two browsers that could. */
  private applyTo(user: Id): void {
    const sound = this.sounds.get(user);
    const state = this.events.states(this.channel.id).find((each) => each.user_id === user);
    if (sound) sound.muted = this.isDeaf || (state?.server_mute ?? false);
  }

  private heard(from: Id, kind: "audio" | "video", stream: MediaStream | null): void {
    if (kind === "video") {
      if (stream) this.screens.set(from, stream);
      else this.screens.delete(from);
    } else if (stream) {
      const sound = this.sounds.get(from) ?? new Audio();
      this.sounds.set(from, sound);
      sound.srcObject = stream;
      this.applyTo(from);
      sound.play().catch(this.events.report);
    } else {
      this.sounds.get(from)?.pause();
      this.sounds.delete(from);
      this.speaking.delete(from);
    }
  }

  private async listen(): Promise<void> {
    const { mesh } = this;
    const loud = new Set(await mesh?.speaking(LOUD));
    if (mesh !== this.mesh) return;
    for (const user of [...this.speaking]) if (!loud.has(user)) this.speaking.delete(user);
    for (const user of loud) this.speaking.add(user);
  }
}

/** The microphone; a stream without a track where there is none, or none is given. */
async function openMicrophone(): Promise<MediaStream> {
  try {
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch {
    return new MediaStream();
  }
}
