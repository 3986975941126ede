// The client's own source files, for the tests to read.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SOURCES = join(import.meta.dirname, "../src");

export interface Source {
  name: string;
  content: string;
}

export function sources(ending: RegExp): Source[] {
  const names = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).sort();
  const wanted = names.filter((name) => ending.test(name) && !name.endsWith(".d.ts"));
  return wanted.map((name) => ({ name, content: readFileSync(join(SOURCES, name), "utf8") }));
}
