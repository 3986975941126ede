// The devices of this machine. If a chosen device is gone, the system's default replaces it.
import type { Devices, Treatment } from "./choices.svelte";

export type Kind = "audioinput" | "audiooutput" | "videoinput";

/** Whether the browser lets a page choose the audio output. */
export const canChooseSpeaker = "setSinkId" in HTMLMediaElement.prototype;

/** A microphone; throws if there is none, or if the user denies it. */
export function openMicrophone(devices: Devices, treatment: Treatment): Promise<MediaStream> {
  return media().getUserMedia({ audio: { ...wanted(devices.microphone), ...treatment } });
}

/** A camera, with a resolution that several connections can carry. */
export function openCamera(devices: Devices): Promise<MediaStream> {
  const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
  return media().getUserMedia({ video: { ...wanted(devices.camera), ...size } });
}

/** The devices of a kind; their names are empty until the user has allowed the page to use one. */
export async function devicesOf(kind: Kind): Promise<MediaDeviceInfo[]> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all.filter(
    (device) => device.kind === kind && !["", "default", "communications"].includes(device.deviceId),
  );
}

/** Calls back whenever a device is added or removed; returns a function that stops it. */
export function followDevices(changed: () => void): () => void {
  navigator.mediaDevices?.addEventListener("devicechange", changed);
  return () => navigator.mediaDevices?.removeEventListener("devicechange", changed);
}

/** Plays sound on the chosen speaker, or on another one if that is gone. */
export async function setSpeaker(sound: HTMLMediaElement, speaker: string): Promise<void> {
  if (canChooseSpeaker) await sound.setSinkId(speaker).catch(() => sound.setSinkId(""));
}

function wanted(device: string): MediaTrackConstraints {
  return device ? { deviceId: { ideal: device } } : {};
}

/** A page without HTTPS has no devices at all. */
function media(): MediaDevices {
  if (!navigator.mediaDevices) throw new DOMException("needs https", "NotFoundError");
  return navigator.mediaDevices;
}
