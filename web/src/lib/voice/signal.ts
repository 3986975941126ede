// What two browsers say to each other through the gateway, as the wire has it.
export type UserId = string;

export interface Description {
  type: "offer" | "answer";
  sdp: string;
}

export interface Candidate {
  type: "candidate";
  /** JSON of an RTCIceCandidateInit; null ends the candidates. */
  candidate: string | null;
}

export type Signal = Description | Candidate;

/** The shape of VOICE_SIGNAL as it arrives: everything that is absent is null. */
export interface ReceivedSignal {
  from_user_id: UserId;
  type: string;
  sdp: string | null;
  candidate: string | null;
}

/** The signal in what arrived; null for something that this client does not know. */
export function signalIn({ type, sdp, candidate }: ReceivedSignal): Signal | null {
  if ((type === "offer" || type === "answer") && sdp) return { type, sdp };
  if (type === "candidate") return { type, candidate };
  return null;
}

/** Tells connections apart: a page that was loaded again speaks from another one. */
export function originOf(sdp: string): string {
  return /^o=(.*?) \d+ IN/m.exec(sdp)?.[1] ?? "";
}

const SCREEN = "a=x-coterie-screen:";

/** A description that also says which stream is the own screen. Browsers pass over lines that they do not know. */
export function marked(sdp: string, screen: string): string {
  return `${sdp}${SCREEN}${screen}\r\n`;
}

/** The stream that a description names as its writer's screen; null from clients that show nothing else. */
export function screenIn(sdp: string): string | null {
  return /^a=x-coterie-screen:(\S+)/m.exec(sdp)?.[1] ?? null;
}
