// The quality of a connection, from the browser's statistics, in three familiar words.
//
// Measured over the last two seconds. Only a bad connection is shown without being asked for; the numbers are beside
// the words.

export type Grade = "good" | "fair" | "poor" | "lost";

export interface Quality {
  grade: Grade;
  /** The packet loss in the last moments, from 0 to 1. */
  loss: number;
  /** The round trip in milliseconds; null until it is measured. */
  roundTrip: number | null;
}

export interface Counted {
  received: number;
  lost: number;
  roundTrip: number | null;
  isConnected: boolean;
}

// A conversation suffers from about 300 ms of round trip, and from one lost packet in fifty.
const FAIR = { loss: 0.02, roundTrip: 200 };
const POOR = { loss: 0.08, roundTrip: 450 };
const UNREACHED = 8;

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

/** How often in a row each connection was found lost. */
export function lostIn(
  before: ReadonlyMap<string, number>,
  found: Iterable<[string, Quality]>,
): Map<string, number> {
  return new Map(
    [...found].map(([user, { grade }]) => [user, grade === "lost" ? (before.get(user) ?? 0) + 1 : 0]),
  );
}

/** Whether a connection has been lost for so long (16 seconds) that it is no longer about to be made. */
export function isUnreached(lost: ReadonlyMap<string, number>): boolean {
  return [...lost.values()].some((times) => times >= UNREACHED);
}

/** What a connection's statistics say about incoming audio, and about the route. */
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
