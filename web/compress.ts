// Adds a compressed copy of every text file of the build, with a slower, better compression than at startup.
//
// Browsers accept Brotli only over HTTPS and from their own machine, so the budget of the first load counts gzip.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const TEXTS = new Set([".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".txt"]);

export function compress(): Plugin {
  let directory = "";
  return {
    name: "compress",
    apply: "build",
    enforce: "post",
    configResolved({ root, build }) {
      directory = join(root, build.outDir);
    },
    closeBundle() {
      for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
        const path = join(directory, name);
        if (TEXTS.has(extname(path)) && statSync(path).isFile()) store(path);
      }
    },
  };
}

function store(path: string) {
  const text = readFileSync(path);
  const size = { [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  writeFileSync(`${path}.br`, brotliCompressSync(text, { params: size }));
  writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
}
