// Writes a build's service worker: worker/worker.js with the paths that it may cache.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin, Rolldown } from "vite";

type Bundle = Rolldown.OutputBundle;
type Output = Bundle[string];

/** Larger files are cached after their first use. */
const SMALL_BYTES = 48_000;

export function serviceWorker(): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      const template = readFileSync(new URL("worker/worker.js", import.meta.url), "utf8");
      const built = builtOf(bundle);
      const version = createHash("sha256")
        .update(template + JSON.stringify(built) + pageOf(bundle))
        .digest("hex")
        .slice(0, 16);
      const source = template.replace(/\bBUILT\b/, JSON.stringify({ version, ...built }));
      if (source === template) this.error("worker/worker.js has no place for what was built");
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}

/** `first` is cached when the worker is installed, the other `files` when they are used. */
function builtOf(bundle: Bundle): { files: string[]; first: string[] } {
  const all = Object.values(bundle).filter(({ fileName }) => fileName.startsWith("assets/"));
  const needed = neededAtOnce(bundle);
  const isFirst = (file: Output) => needed.has(file.fileName) || isSmall(file);
  const paths = (files: typeof all) => files.map(({ fileName }) => `/${fileName}`).sort();
  return { files: paths(all), first: paths(all.filter(isFirst)) };
}

/** Small code and styles; fonts for other scripts and pictures wait until they are used. */
function isSmall(file: Output): boolean {
  const isCode = /\.(js|css)$/.test(file.fileName);
  return isCode && (file.type === "chunk" ? file.code : file.source).length <= SMALL_BYTES;
}

/** What the first screen needs: the entry, everything that it imports, its styles and its fonts. */
function neededAtOnce(bundle: Bundle): Set<string> {
  const page = pageOf(bundle);
  const needed = new Set<string>();
  const need = (name: string) => {
    const file = bundle[name];
    if (!file || needed.has(name)) return;
    needed.add(name);
    if (file.type === "chunk") file.imports.forEach(need);
  };
  for (const { fileName } of Object.values(bundle))
    if (page.includes(`/${fileName}`) || /-latin-.*\.woff2$/.test(fileName)) need(fileName);
  return needed;
}

function pageOf(bundle: Bundle): string {
  const page = bundle["index.html"];
  return page?.type === "asset" ? String(page.source) : "";
}
