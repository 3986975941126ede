// The devices of this machine. A chosen one that is gone is replaced by what the system has.
import type { Devices, Treatment } from "./choices.svelte";

export type Kind = "audioinput" | "audiooutput" | "videoinput";

/** Whether the browser lets a page choose where sound comes out. */
export const canChooseSpeaker = "setSinkId" in HTMLMediaElement.prototype;

/** A microphone; throws when there is none, or none is given. */
export function openMicrophone(devices: Devices, treatment: Treatment): Promise<MediaStream> {
  return media().getUserMedia({ audio: { ...wanted(devices.microphone), ...treatment } });
}

/** A camera, with a picture that several connections can carry. */
export function openCamera(devices: Devices): Promise<MediaStream> {
  const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
  return media().getUserMedia({ video: { ...wanted(devices.camera), ...size } });
}

/** The devices of a kind; their names are empty until the person has let the page use one. */
export async function devicesOf(kind: Kind): Promise<MediaDeviceInfo[]> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all.filter(
    (device) => device.kind === kind && !["", "default", "communications"].includes(device.deviceId),
  );
}

/** Calls back whenever a device comes or goes, until the answer is called. */
export function followDevices(changed: () => void): () => void {
  navigator.mediaDevices?.addEventListener("devicechange", changed);
  return () => navigator.mediaDevices?.removeEventListener("devicechange", changed);
}

/** Lets sound come out where the person wants it; elsewhere if that is gone. */
export async function speakAt(sound: HTMLMediaElement, speaker: string): Promise<void> {
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
