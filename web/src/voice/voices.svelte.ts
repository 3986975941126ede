// Who is in which voice channel, as fetched and as changed by later events.
import { SvelteMap } from "svelte/reactivity";
import type { Api } from "../api/api";
import type { Id, VoiceState } from "../api/types";

export class Voices {
  private readonly states = new SvelteMap<Id, VoiceState>();

  /** People whose events arrived while a server was being fetched: the response may be older. */
  private readonly touched = new Set<Id>();

  constructor(private readonly api: Api) {}

  of(user: Id): VoiceState | undefined {
    return this.states.get(user);
  }

  in(channel: Id): VoiceState[] {
    const here = [...this.states.values()].filter((state) => state.channel_id === channel);
    return here.sort((a, b) => (a.joined_at ?? "").localeCompare(b.joined_at ?? ""));
  }

  async load(server: Id): Promise<void> {
    this.touched.clear();
    const found = await this.api.voiceStatesOf(server);
    for (const state of [...this.states.values()])
      if (state.server_id === server && !this.touched.has(state.user_id)) this.states.delete(state.user_id);
    for (const state of found) if (!this.touched.has(state.user_id)) this.states.set(state.user_id, state);
  }

  /** Fetches who is in a conversation's call. */
  async loadCall(conversation: Id): Promise<void> {
    this.touched.clear();
    const found = await this.api.voiceStates(conversation);
    const here = new Set(found.map((state) => state.user_id));
    this.forget((state) => state.channel_id === conversation && !here.has(state.user_id));
    for (const state of found) if (!this.touched.has(state.user_id)) this.states.set(state.user_id, state);
  }

  /** Someone leaving a channel that they are no longer in, as far as is known, is old news. */
  apply(state: VoiceState): void {
    this.touched.add(state.user_id);
    if (state.channel_id !== null) this.states.set(state.user_id, state);
    else if (this.states.get(state.user_id)?.channel_id === state.previous_channel_id)
      this.states.delete(state.user_id);
  }

  /** A channel or a server was removed, with everyone who was in it. */
  forget(isGone: (state: VoiceState) => boolean): void {
    for (const state of [...this.states.values()]) if (isGone(state)) this.states.delete(state.user_id);
  }

  clear(): void {
    this.states.clear();
  }
}
