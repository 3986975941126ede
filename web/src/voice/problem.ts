// Why a device is not available, as a sentence that says what to do.
import { later } from "../text/texts";

export function problemWith(kind: "microphone" | "camera", error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return later.voice.problems.refused[kind];
  if (name === "NotReadableError") return later.voice.problems.busy[kind];
  return isSecureContext ? later.voice.problems.none[kind] : later.voice.problems.insecure;
}
