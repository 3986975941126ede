import { expect, test } from "vitest";
import type { Api } from "../src/api/api";
import type { VoiceState } from "../src/api/types";
import { originOf, signalIn } from "../src/voice/signal";
import { Voices } from "../src/voice/voices.svelte";

const SDP = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\n";

function state(user_id: string, channel_id: string | null, more: Partial<VoiceState> = {}): VoiceState {
  return {
    user_id,
    username: user_id,
    server_id: "server",
    channel_id,
    joined_at: channel_id && "2026-01-01T00:00:00Z",
    self_mute: false,
    self_deaf: false,
    self_video: false,
    self_screen: false,
    server_mute: false,
    server_deaf: false,
    can_speak: true,
    previous_channel_id: null,
    ...more,
  };
}

function voicesOf(fetched: () => Promise<VoiceState[]>): Voices {
  return new Voices({ voiceStatesOf: fetched } as unknown as Api);
}

test("an offer tells which connection it comes from, however often it is renewed", () => {
  expect(originOf(SDP)).toBe("- 4611731400430051336");
  expect(originOf(SDP.replace(" 2 IN", " 3 IN"))).toBe(originOf(SDP));
  expect(originOf(SDP.replace("46117", "46118"))).not.toBe(originOf(SDP));
  expect(originOf("nothing")).toBe("");
});

test("only what is a signal is taken for one", () => {
  const received = { from_user_id: "a", type: "offer", sdp: SDP, candidate: null };
  expect(signalIn(received)).toEqual({ type: "offer", sdp: SDP });
  expect(signalIn({ ...received, type: "candidate", sdp: null })).toEqual({
    type: "candidate",
    candidate: null,
  });
  expect(signalIn({ ...received, type: "answer", sdp: null })).toBeNull();
  expect(signalIn({ ...received, type: "shout" })).toBeNull();
});

test("a leave of a channel that somebody has left already is old news", () => {
  const voices = voicesOf(() => Promise.resolve([]));
  voices.apply(state("ann", "kitchen"));
  voices.apply(state("ann", null, { previous_channel_id: "lounge" }));
  expect(voices.of("ann")?.channel_id).toBe("kitchen");
  voices.apply(state("ann", null, { previous_channel_id: "kitchen" }));
  expect(voices.of("ann")).toBeUndefined();
});

test("what happens while a server is fetched counts more than what was fetched", async () => {
  let answer: (states: VoiceState[]) => void = () => undefined;
  const voices = voicesOf(() => new Promise((resolve) => (answer = resolve)));
  voices.apply(state("gone", "lounge"));
  const loading = voices.load("server");
  voices.apply(state("ann", "kitchen"));
  voices.apply(state("bob", "lounge"));
  voices.apply(state("bob", null, { previous_channel_id: "lounge" }));
  answer([state("ann", "lounge"), state("bob", "lounge"), state("cid", "lounge")]);
  await loading;
  expect(voices.in("lounge").map((each) => each.user_id)).toEqual(["cid"]);
  expect(voices.of("ann")?.channel_id).toBe("kitchen");
  expect(voices.of("gone")).toBeUndefined();
});
