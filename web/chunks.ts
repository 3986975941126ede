// Which chunks the first load consists of: one for the log-in page, one more for the client behind it.
//
// As thirty small chunks it would be larger, because each is compressed separately and has its own headers.
import { resolve } from "node:path";

interface Graph {
  getModuleInfo: (id: string) => { importedIds: readonly string[] } | null;
}

/** Icons that several later chunks use: as separate files, the HTTP headers would be five times the icons. */
const ICONS = /@lucide\/svelte\/dist\/icons\//;

export const groups = [
  // What `src/main.ts` reaches without a dynamic import and shares with later parts.
  { name: "start", tags: ["$initial" as const], minShareCount: 2 },
  { name: shellOnly, debugName: "shell" },
  { name: "icons", test: ICONS, minShareCount: 2 },
];

let behindLogin: Set<string> | undefined;

function shellOnly(id: string, graph: Graph): string | null {
  behindLogin ??= findBehindLogin(graph);
  return behindLogin.has(id) ? "shell" : null;
}

function findBehindLogin(graph: Graph): Set<string> {
  const start = reached("src/main.ts", graph);
  return new Set([...reached("src/Client.svelte", graph)].filter((id) => !start.has(id)));
}

/** What a module imports, directly or not, except dynamically. A set that grows while it is walked visits each once. */
function reached(entry: string, graph: Graph): Set<string> {
  const ids = new Set([resolve(import.meta.dirname, entry)]);
  for (const id of ids) for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) ids.add(imported);
  return ids;
}
