// A document's changes by person and period: people who write at the same time take turns every few seconds, and each
// turn is an entry of its own.
import type { HistoryEntry } from "../api/documents";

const PERIOD_MS = 5 * 60 * 1000;

/** Entries, newest first, of which each begins less than five minutes before the newest of its person. */
export function periodsOf(entries: readonly HistoryEntry[]): HistoryEntry[] {
  const periods: HistoryEntry[] = [];
  for (const entry of entries) {
    const last = periods.findLast(({ user_id }) => user_id === entry.user_id);
    if (!last || Date.parse(last.created_at) - Date.parse(entry.created_at) >= PERIOD_MS)
      periods.push({ ...entry });
    else {
      last.inserted += entry.inserted;
      last.deleted += entry.deleted;
    }
  }
  return periods;
}
