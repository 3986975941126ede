// Voice signals between two browsers through the gateway, as they are on the wire.
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

/** VOICE_SIGNAL as received: absent fields are null. */
export interface ReceivedSignal {
  from_user_id: UserId;
  type: string;
  sdp: string | null;
  candidate: string | null;
}
