// How good a connection is, from what the browser counts, in three words that people know.

export type Grade = "good" | "fair" | "poor" | "lost";

export interface Quality {
  grade: Grade;
  /** What did not arrive lately, from 0 to 1. */
  loss: number;
  /** Milliseconds there and back; null before it was measured. */
  roundTrip: number | null;
}

export interface Counted {
  received: number;
  lost: number;
  roundTrip: number | null;
  isConnected: boolean;
}

// A conversation suffers from about 300 ms there and back, and from one packet in fifty on.
const FAIR = { loss: 0.02, roundTrip: 200 };
const POOR = { loss: 0.08, roundTrip: 450 };

export function qualityOf(before: Counted, now: Counted): Quality {
  const lost = Math.max(0, now.lost - before.lost);
  const all = lost + Math.max(0, now.received - before.received);
  const loss = all > 0 ? lost / all : 0;
  return {
    loss,
    roundTrip: now.roundTrip,
    grade: now.isConnected ? grade(loss, now.roundTrip ?? 0) : "lost",
  };
}

function grade(loss: number, roundTrip: number): Grade {
  const passes = (limit: typeof FAIR) => loss >= limit.loss || roundTrip >= limit.roundTrip;
  return passes(POOR) ? "poor" : passes(FAIR) ? "fair" : "good";
}

/** What the statistics of one connection say about sound that arrives, and about the way. */
export function countedIn(report: RTCStatsReport, isConnected: boolean): Counted {
  const counted: Counted = { received: 0, lost: 0, roundTrip: null, isConnected };
  for (const stats of report.values() as IterableIterator<Record<string, unknown>>) {
    if (stats.type === "inbound-rtp" && stats.kind === "audio") {
      counted.received += Number(stats.packetsReceived ?? 0);
      counted.lost += Number(stats.packetsLost ?? 0);
    } else if (
      stats.type === "candidate-pair" &&
      stats.nominated &&
      typeof stats.currentRoundTripTime === "number"
    )
      counted.roundTrip = stats.currentRoundTripTime * 1000;
  }
  return counted;
}
