// Who is in which voice channel, as fetched and as changed by later events.
import { SvelteMap } from "svelte/reactivity";
import type { Api } from "../api/api";
import type { Id, VoiceState } from "../api/types";
import { Answers } from "../store/answers";

export class Voices {
  private readonly states = new SvelteMap<Id, VoiceState>();
  private readonly answers = new Answers();

  constructor(private readonly api: Api) {}

  of(user: Id): VoiceState | undefined {
    return this.states.get(user);
  }

  in(channel: Id): VoiceState[] {
    const here = [...this.states.values()].filter((state) => state.channel_id === channel);
    return here.sort((a, b) => (a.joined_at ?? "").localeCompare(b.joined_at ?? ""));
  }

  async load(server: Id): Promise<void> {
    await this.answers.show(this.api.voiceStatesOf(server), (found) =>
      this.replace((state) => state.server_id === server, found),
    );
  }

  /** Fetches who is in a channel, or in a conversation's call. */
  async loadIn(channel: Id): Promise<void> {
    await this.answers.show(this.api.voiceStates(channel), (found) =>
      this.replace((state) => state.channel_id === channel, found),
    );
  }

  /** Someone leaving a channel that they are no longer in, as far as is known, is old news. */
  apply(state: VoiceState): void {
    this.answers.change(() => {
      if (state.channel_id !== null) this.states.set(state.user_id, state);
      else if (this.states.get(state.user_id)?.channel_id === state.previous_channel_id)
        this.states.delete(state.user_id);
    });
  }

  /** A channel or a server was removed, with everyone who was in it. */
  forget(isGone: (state: VoiceState) => boolean): void {
    this.answers.change(() => this.remove(isGone));
  }

  clear(): void {
    this.states.clear();
  }

  private replace(isMeant: (state: VoiceState) => boolean, found: VoiceState[]): void {
    this.remove(isMeant);
    for (const state of found) this.states.set(state.user_id, state);
  }

  private remove(isGone: (state: VoiceState) => boolean): void {
    for (const state of [...this.states.values()]) if (isGone(state)) this.states.delete(state.user_id);
  }
}
