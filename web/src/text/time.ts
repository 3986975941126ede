// Times, days and durations in words, in the user's time zone and the client's language.
import { locale } from "./language.svelte";
import { text } from "./texts";

const CLOCK = { hour: "numeric", minute: "2-digit" } as const;
const FULL = { dateStyle: "full", timeStyle: "short" } as const;
const SHORT = { dateStyle: "medium", timeStyle: "short" } as const;
const DAY_OF_YEAR = { weekday: "long", day: "numeric", month: "long" } as const;
const DAY_AND_YEAR = { day: "numeric", month: "long", year: "numeric" } as const;

const UNITS = [
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

/** Formats are expensive to create; a list of messages needs the same ones again and again. */
const formats = new Map<object, { for: string; format: Intl.DateTimeFormat }>();

/** Creates those of a list of messages, for which browsers first load the data of the language. */
export function prepareFormats(): void {
  for (const options of [CLOCK, DAY_OF_YEAR]) written(options, new Date());
}

export function timeOfDay(at: Date): string {
  return written(CLOCK, at);
}

export function dateAndTime(at: Date): string {
  return written(FULL, at);
}

export function shortDateAndTime(at: Date): string {
  return written(SHORT, at);
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
  return written(at.getFullYear() === now.getFullYear() ? DAY_OF_YEAR : DAY_AND_YEAR, at);
}

/** A duration in its largest whole unit: 90 minutes, 1 day. */
export function duration(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => seconds >= each && seconds % each === 0) ?? UNITS[4];
  const style = { style: "unit", unit, unitDisplay: "long" } as const;
  return new Intl.NumberFormat(locale(), style).format(seconds / size);
}

/** A moment to come, in whole days or hours: in 7 days. */
export function fromNow(at: Date, now: Date = new Date()): string {
  const hours = Math.max(1, Math.round((at.getTime() - now.getTime()) / 3_600_000));
  const relative = new Intl.RelativeTimeFormat(locale());
  return hours < 48 ? relative.format(hours, "hour") : relative.format(Math.round(hours / 24), "day");
}

/** A position in audio or video: 1:04, or 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  if (whole >= 3600) parts.unshift(Math.floor(whole / 3600));
  const digits = (part: number, index: number) =>
    new Intl.NumberFormat(locale(), { minimumIntegerDigits: index ? 2 : 1, useGrouping: false }).format(part);
  return parts.map(digits).join(":");
}

/** Several words as a list: one, two and three. */
export function listed(words: string[]): string {
  return new Intl.ListFormat(locale(), { type: "conjunction" }).format(words);
}

function written(options: Intl.DateTimeFormatOptions, at: Date): string {
  const kept = formats.get(options);
  if (kept?.for === locale()) return kept.format.format(at);
  const format = new Intl.DateTimeFormat(locale(), options);
  formats.set(options, { for: locale(), format });
  return format.format(at);
}
