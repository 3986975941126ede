// When scheduled events are, in the reader's time zone and language.
import type { ScheduledEvent } from "../api/types";
import { locale } from "../text/language.svelte";

const HOUR = 3_600_000;

/** How long an event without an end counts as going on. */
const WITHOUT_END = HOUR;

/** The longest that a timer may wait. */
const LONGEST = 12 * HOUR;

export type EventState = "cancelled" | "coming" | "now" | "over";

export function stateOf(event: ScheduledEvent, now: number): EventState {
  if (event.is_cancelled) return "cancelled";
  if (now < startOf(event)) return "coming";
  return now < endOf(event) ? "now" : "over";
}

/** After how many milliseconds the state changes, or is looked at again; null if it stays. */
export function untilNextState(event: ScheduledEvent, now: number): number | null {
  const next = [startOf(event), endOf(event)].find((moment) => moment > now);
  return next === undefined || event.is_cancelled ? null : Math.min(next - now + 50, LONGEST);
}

/** The date with the times: without repeating the day, if it ends on the same. */
export function whenOf({ starts_at, ends_at }: ScheduledEvent): string {
  const format = new Intl.DateTimeFormat(locale(), {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
  });
  return ends_at
    ? format.formatRange(new Date(starts_at), new Date(ends_at))
    : format.format(new Date(starts_at));
}

/** What a field for a date and a time shows, in the reader's time zone. */
export function inField(at: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  const day = [String(at.getFullYear()).padStart(4, "0"), two(at.getMonth() + 1), two(at.getDate())].join(
    "-",
  );
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The next full hour. */
export const nextHour = (now: number): Date => new Date(Math.ceil((now + 1) / HOUR) * HOUR);

const startOf = ({ starts_at }: ScheduledEvent): number => Date.parse(starts_at);
const endOf = (event: ScheduledEvent): number =>
  event.ends_at ? Date.parse(event.ends_at) : startOf(event) + WITHOUT_END;
