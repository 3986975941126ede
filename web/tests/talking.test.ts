import { beforeEach, expect, test } from "vitest";
import { Choices, FIRST_KEY } from "../src/voice/choices.svelte";
import { shareOf } from "../src/voice/meter";
import { qualityOf, type Counted } from "../src/voice/quality";
import { marked, originOf, screenIn } from "../src/voice/signal";
import { isSilent, nameOf } from "../src/voice/talkkey";

const SDP = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";

beforeEach(() => {
  const kept = new Map<string, string>();
  globalThis.localStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as unknown as Storage;
});

const counted = (received: number, lost: number, roundTrip: number | null = 20): Counted => ({
  received,
  lost,
  roundTrip,
  isConnected: true,
});

test("a way is judged by what happened since the last look", () => {
  expect(qualityOf(counted(0, 0), counted(100, 0)).grade).toBe("good");
  expect(qualityOf(counted(1000, 500), counted(1100, 500)).grade).toBe("good");
  expect(qualityOf(counted(0, 0), counted(95, 5))).toEqual({ grade: "fair", loss: 0.05, roundTrip: 20 });
  expect(qualityOf(counted(0, 0), counted(50, 50)).grade).toBe("poor");
  expect(qualityOf(counted(0, 0), counted(100, 0, 500)).grade).toBe("poor");
  expect(qualityOf(counted(0, 0), counted(0, 0, null)).grade).toBe("good");
  expect(qualityOf(counted(0, 0), { ...counted(100, 0), isConnected: false }).grade).toBe("lost");
});

test("packets that were counted as lost and came late do not make a loss below nothing", () => {
  expect(qualityOf(counted(100, 10), counted(200, 5)).loss).toBe(0);
});

test("choices are kept, and nonsense that was kept is not taken", () => {
  const choices = new Choices();
  choices.setVolume("ann", 0.3);
  choices.choose({ camera: "front" });
  choices.treat({ noiseSuppression: false });
  choices.talkBy({ isOn: true });
  const later = new Choices();
  expect(later.volumeOf("ann")).toBe(0.3);
  expect(later.volumeOf("ben")).toBe(1);
  expect(later.devices).toEqual({ microphone: "", speaker: "", camera: "front" });
  expect(later.treatment.noiseSuppression).toBe(false);
  expect(later.talkKey).toEqual({ isOn: true, code: FIRST_KEY });
  const wrong = { devices: { camera: 5, other: "x" }, volumes: { ann: "loud", ben: 9 }, talkKey: null };
  localStorage.setItem("coterie-voice-choices", JSON.stringify(wrong));
  const first = new Choices();
  expect(first.devices).toEqual({ microphone: "", speaker: "", camera: "" });
  expect([first.volumeOf("ann"), first.volumeOf("ben")]).toEqual([1, 1]);
});

test("only keys that type nothing may be held while one writes", () => {
  for (const code of ["F9", "ControlRight", "ShiftLeft", "Pause", "NumpadClear"])
    expect(isSilent(code)).toBe(true);
  for (const code of ["KeyV", "Space", "Numpad5", "NumpadAdd", "Backquote", "Enter"])
    expect(isSilent(code)).toBe(false);
  expect(["KeyV", "Digit3", "ControlRight", "F9"].map(nameOf)).toEqual(["V", "3", "Control Right", "F9"]);
});

test("a description names its writer's screen, and stays a description", () => {
  const description = marked(SDP, "4be5-7");
  expect(description.startsWith(SDP)).toBe(true);
  expect(screenIn(description)).toBe("4be5-7");
  expect(originOf(description)).toBe(originOf(SDP));
  expect(screenIn(SDP)).toBeNull();
});

test("a meter shows decibels", () => {
  expect(shareOf(0)).toBe(0);
  expect(shareOf(0.001)).toBeCloseTo(0);
  expect(shareOf(1)).toBe(1);
  expect(shareOf(0.1)).toBeCloseTo(2 / 3);
});
