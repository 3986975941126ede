// Adds the viewer of the API document to the client, under the file names that the server's page loads.
//
// swagger-ui is the viewer that everyone knows, and is served from the instance itself.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Plugin } from "vite";

const FILES = ["swagger-ui.css", "swagger-ui-bundle.js"];

export function apiDocs(): Plugin {
  const require = createRequire(import.meta.url);
  return {
    name: "api-docs",
    apply: "build",
    generateBundle() {
      for (const file of FILES) {
        const source = readFileSync(require.resolve(`swagger-ui-dist/${file}`));
        this.emitFile({ type: "asset", fileName: `docs/${file}`, source });
      }
    },
  };
}
