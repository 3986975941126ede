// The one call that this tab can be in. The code for calls is loaded when the user first joins one.
import type { Api } from "../api/api";
import type { Channel, Id, Place, VoiceState } from "../api/types";
import type { Call } from "./call.svelte";
import { CallView } from "./callview.svelte";
import { Choices } from "./choices.svelte";
import type { ReceivedSignal, Signal } from "../sync/signals";
import { text } from "../text/texts";
import type { Navigation } from "../conversations/navigation";
import type { Live } from "../store/live.svelte";
import type { Session } from "../store/session.svelte";
import type { Toasts } from "../ui/toasts.svelte";
import type { Voices } from "./voices.svelte";

const HERE = "coterie-voice-channel";
const MOVE_MS = 500;

export interface LineNeeds {
  api: Api;
  voices: Voices;
  toasts: Toasts;
  session: Session;
  live: Live;
  navigation: Pick<Navigation, "place">;
  sounds: { play: (name: "join" | "leave" | "mute" | "unmute") => void };
}

export class Line {
  call = $state<Call | null>(null);
  joining = $state<Id | null>(null);

  readonly view = new CallView();

  /** The devices and settings for calls. */
  readonly choices = new Choices();

  /** Tells the other tabs of this browser which tab has the call. */
  private readonly tabs = new BroadcastChannel("coterie-voice");

  constructor(private readonly needs: LineNeeds) {
    this.tabs.onmessage = () => this.drop();
  }

  async join(channel: Place, { hasCamera = false } = {}): Promise<void> {
    const user = this.needs.session.user?.id;
    if (!user || this.joining || this.call?.channel.id === channel.id) return;
    this.joining = channel.id;
    try {
      this.call?.end();
      const { Call } = await import("./call.svelte");
      const { api, voices, toasts, live } = this.needs;
      const sound: LineNeeds["sounds"]["play"] = (name) => this.needs.sounds.play(name);
      const call = new Call(user, channel, api, this.choices, {
        signal: (to: Id, signal: Signal) => live.send("VOICE_SIGNAL", { to_user_id: to, ...signal }),
        joined: () => {
          this.tabs.postMessage(channel.id);
          remember(channel.id);
          sound("join");
        },
        load: (id) => voices.loadIn(id),
        states: (id) => voices.in(id),
        put: (state) => voices.apply(state),
        sound,
        report: (error) => toasts.error(error),
      });
      this.call = call;
      await call.begin();
      if (this.call !== call) return;
      if (hasCamera) await call.startCamera().catch(toasts.report);
      if (!call.hasMicrophone) toasts.notice(text.voice.noMicrophone);
    } catch (error) {
      this.drop();
      this.needs.toasts.error(error);
    } finally {
      this.joining = null;
    }
  }

  /** Whether this is a voice channel, and the user is not in its call. */
  isToJoin({ id, type }: Pick<Channel, "id" | "type">): boolean {
    return type === "voice" && this.call?.channel.id !== id;
  }

  /** Whether the call is shown large, on the page of this place: by itself only on the page of its voice channel. */
  isLargeAt(place: Id | undefined): boolean {
    if (!this.call) return false;
    return this.view.chosen ? this.view.chosen === "large" : this.isAt(place);
  }

  /** Whether the call is in this voice channel. */
  isAt(place: Id | undefined): boolean {
    return this.call !== null && this.call.channel.server_id !== null && this.call.channel.id === place;
  }

  async leave(): Promise<void> {
    const { call } = this;
    this.drop();
    if (!call) return;
    this.needs.sounds.play("leave");
    await call.leave();
  }

  /** READY has arrived: continues the call after a disconnect or a reload. */
  ready(): void {
    const before = recalled();
    if (this.call) void this.call.resume().catch((error: unknown) => this.needs.toasts.error(error));
    else if (before) this.waiting = before;
  }

  /** The channel that this tab was in before a reload, until that channel is known. */
  private waiting: Id | null = null;

  rejoin(): void {
    const channel = this.waiting && this.needs.navigation.place(this.waiting);
    if (!channel) return;
    this.waiting = null;
    void this.join(channel);
  }

  receive(signal: ReceivedSignal): void {
    this.call?.receive(signal);
  }

  changed(state: VoiceState): void {
    const user = this.needs.session.user?.id;
    const now = this.needs.voices.of(state.user_id);
    this.call?.changed(state.user_id, now);
    if (state.user_id !== user || !this.call || this.joining) return;
    if (now?.channel_id !== this.call.channel.id) setTimeout(() => this.follow(), now ? 0 : MOVE_MS);
  }

  /** The user is no longer in the call's channel: a moderator moved or disconnected them. */
  private follow(): void {
    const call = this.call;
    const state = this.needs.voices.of(this.needs.session.user?.id ?? "");
    if (!call || this.joining || state?.channel_id === call.channel.id) return;
    const channel = state?.channel_id ? this.needs.navigation.place(state.channel_id) : undefined;
    if (state && channel?.server_id === call.channel.server_id) {
      remember(channel.id);
      void call.moveTo(channel, state).catch((error: unknown) => this.needs.toasts.error(error));
    } else {
      this.drop();
      this.needs.toasts.notice(text.voice.ended);
    }
  }

  /** Ends the call without telling the server. */
  drop(): void {
    this.call?.end();
    this.call = null;
    this.view.reset();
    remember(null);
  }
}

/** For this tab only; it survives a reload. */
function remember(channel: Id | null): void {
  try {
    if (channel) sessionStorage.setItem(HERE, channel);
    else sessionStorage.removeItem(HERE);
  } catch {
    // Without storage, the user has to join again.
  }
}

function recalled(): Id | null {
  try {
    return sessionStorage.getItem(HERE);
  } catch {
    return null;
  }
}
