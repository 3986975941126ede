// The client's languages: at build time, compiles each src/text/languages/<code>.json (ICU messages) in two parts, one
// for startup and one for the dialogs, and writes the types of the texts (catalog.d.ts), so that a wrong key or a
// missing value fails the type check. The English file defines the keys and values.
//
// Lingui 5's runtime is 2,299 bytes, bundled and compressed; intl-messageformat 9,850, i18next 16,091. Nano Stores i18n
// (1,652) keeps English in the code and has its own plural format, Paraglide loads all languages, Lingui 6 needs Node
// 22. The types are generated here because TypeScript reads the strings of a JSON file as plain strings.
import { compileMessageOrThrow } from "@lingui/message-utils/compileMessage";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";
import { interfaceOf } from "./catalog-types.ts";

export interface Texts {
  [key: string]: string | Texts;
}

interface Language extends Texts {
  language: { name: string; direction: string };
  later: Texts;
}

const FOLDER = join(import.meta.dirname, "src/text/languages");
const LIST = "virtual:languages";
const PART = /^virtual:language\/([\w-]+)\/(now|later)$/;

export function codes(): string[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));
  return files.map((file) => file.slice(0, -".json".length)).sort();
}

export function textsOf(code: string): Language {
  return JSON.parse(readFileSync(join(FOLDER, `${code}.json`), "utf8")) as Language;
}

/** Every message by its full key, such as `friends.title`. */
export function flat(texts: Texts, prefix = ""): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [[prefix + key, value]] : flat(value, `${prefix}${key}.`),
  );
}

export function catalogs(): Plugin {
  return {
    name: "catalogs",
    config: writeTypes,
    resolveId: (id) => (id === LIST || PART.test(id) ? `\0${id}` : undefined),
    load(id) {
      if (id === `\0${LIST}`) return listOf(codes());
      const [, code, part] = PART.exec(id.slice(1)) ?? [];
      if (!id.startsWith("\0") || !code) return undefined;
      this.addWatchFile(join(FOLDER, `${code}.json`));
      return compiled(code, part === "later");
    },
    handleHotUpdate({ file, server }) {
      if (!file.startsWith(FOLDER)) return;
      writeTypes();
      server.moduleGraph.invalidateAll();
      server.ws.send({ type: "full-reload" });
    },
  };
}

function writeTypes(): void {
  const { language: _, later, ...now } = textsOf("en");
  const lines = [
    "// Written from languages/en.json whenever the client is built or checked.",
    `export interface Now ${interfaceOf(now)}`,
    `export interface Later ${interfaceOf(later)}`,
  ];
  writeFileSync(join(FOLDER, "../catalog.d.ts"), lines.join("\n") + "\n");
}

function listOf(all: string[]): string {
  const entries = all.map((code) => {
    const part = (name: string) => `() => import("virtual:language/${code}/${name}")`;
    return `${JSON.stringify({ code, ...textsOf(code).language }).slice(0, -1)}, now: ${part("now")}, later: ${part("later")}}`;
  });
  return `export const languages = [${entries.join(", ")}];`;
}

function compiled(code: string, isLater: boolean): string {
  const { language: _, later, ...now } = textsOf(code);
  const messages = flat(isLater ? { later } : now).map(([key, message]) => [
    key,
    compileMessageOrThrow(message),
  ]);
  return `export default ${JSON.stringify(Object.fromEntries(messages))};`;
}
