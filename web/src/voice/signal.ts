// Reads and writes the signals between two browsers.
import type { ReceivedSignal, Signal } from "../sync/signals";

/** The signal that arrived; null for one that this client does not know. */
export function signalIn({ type, sdp, candidate }: ReceivedSignal): Signal | null {
  if ((type === "offer" || type === "answer") && sdp) return { type, sdp };
  if (type === "candidate") return { type, candidate };
  return null;
}

/** Tells connections apart: a reloaded page sends from another one. */
export function originOf(sdp: string): string {
  return /^o=(.*?) \d+ IN/m.exec(sdp)?.[1] ?? "";
}

const SCREEN = "a=x-coterie-screen:";

/** A description that also says which stream is the user's screen. Browsers skip lines that they do not know. */
export function marked(sdp: string, screen: string): string {
  return `${sdp}${SCREEN}${screen}\r\n`;
}

/** The stream that a description names as its sender's screen; null from clients that show nothing else. */
export function screenIn(sdp: string): string | null {
  return /^a=x-coterie-screen:(\S+)/m.exec(sdp)?.[1] ?? null;
}
