// The language of the client. Its messages load in two parts: one at startup, the other with the first dialog.
import { setupI18n, type Messages } from "@lingui/core";
import { languages } from "virtual:languages";

export { languages };

export type Language = (typeof languages)[number];

const i18n = setupI18n();
let current = $state.raw<Language | null>(null);
let loaded = $state.raw<Messages>({});
let later: Promise<void> | null = null;

/** Of the available languages: the given one, else the first that the browser prefers, else English. */
export function preferred(code: string | null): string {
  const wanted = [code ?? "", ...(globalThis.navigator?.languages ?? [])].map((one) => one.split("-")[0]);
  return wanted.find((one) => languages.some(({ code }) => code === one)) ?? "en";
}

/** Switches to a language once its messages have loaded; open screens change at once. */
export async function setLanguage(code: string): Promise<void> {
  const language = languages.find((one) => one.code === code) ?? languages.find((one) => one.code === "en")!;
  const parts = [language.now, ...(later ? [language.later] : [])];
  const messages = await Promise.all(parts.map(async (part) => (await part()).default));
  adopt(language, Object.assign({}, ...messages) as Messages);
  // The server's error messages are English; other languages need theirs before the first error.
  if (language.code !== "en") laterTexts().catch(() => undefined);
}

/** Resolves once the texts of the dialogs have loaded. */
export function laterTexts(): Promise<void> {
  later ??= loadLater().catch((error: unknown) => {
    later = null;
    throw error;
  });
  return later;
}

/** How the hours of a day are counted; null as the locale does. */
export type Hours = "h12" | "h23" | null;

let hours = $state.raw<Hours>(null);

export function setHours(wanted: Hours): void {
  hours = wanted;
}

/** For dates and numbers: the language, with the region that the browser names, and how hours are counted. */
export function locale(): string {
  const code = current?.code ?? "en";
  const isSame = located?.code === code && located.hours === hours;
  if (!isSame || located!.among !== globalThis.navigator?.languages) located = localeOf(code);
  return located!.locale;
}

/** Computed once per language, because every time in a list of messages needs it. */
let located: ReturnType<typeof localeOf> | null = null;

function localeOf(code: string) {
  const among = globalThis.navigator?.languages;
  const plain = among?.find((one) => one.split("-")[0] === code) ?? code;
  const locale = hours ? new Intl.Locale(plain, { hourCycle: hours }).toString() : plain;
  return { code, among, hours, locale };
}

export function currentLanguage(): Language | null {
  return current;
}

export function knows(key: string): boolean {
  return key in loaded;
}

export function say(key: string, values?: Record<string, unknown>): string {
  return loaded[key] === undefined ? "" : i18n._(key, values);
}

/** Whether a message has placeholders. */
export function isOpen(key: string): boolean {
  const message = loaded[key];
  return Array.isArray(message) && message.some((token) => typeof token !== "string");
}

async function loadLater(): Promise<void> {
  const language = current!;
  const { default: messages } = await language.later();
  if (language === current) adopt(language, { ...loaded, ...messages });
  else await loadLater();
}

function adopt(language: Language, messages: Messages): void {
  i18n.loadAndActivate({ locale: language.code, messages });
  loaded = messages;
  current = language;
  if (!globalThis.document) return;
  document.documentElement.lang = language.code;
  document.documentElement.dir = language.direction;
}
