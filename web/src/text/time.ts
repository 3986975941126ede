// Times and days as people say them, in their own zone and language.
import { text } from "./en";

const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const dayOfYear = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dayAndYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });

export function timeOfDay(at: Date): string {
  return clock.format(at);
}

export function dateAndTime(at: Date): string {
  return full.format(at);
}

export function shortDateAndTime(at: Date): string {
  return short.format(at);
}

/** The time, and the day unless it is today. */
export function briefly(at: Date, now: Date = new Date()): string {
  return isSameDay(at, now) ? timeOfDay(at) : shortDateAndTime(at);
}

export function isSameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}

export function dayName(at: Date, now: Date = new Date()): string {
  if (isSameDay(at, now)) return text.messages.today;
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (isSameDay(at, yesterday)) return text.messages.yesterday;
  return (at.getFullYear() === now.getFullYear() ? dayOfYear : dayAndYear).format(at);
}
