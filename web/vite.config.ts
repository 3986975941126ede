import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { apiDocs } from "./api-docs.ts";
import { catalogs } from "./catalogs.ts";
import { compress } from "./compress.ts";
import { emojiNames } from "./emoji-names.ts";
import { serviceWorker } from "./service-worker.ts";

const server = "http://127.0.0.1:3000";

/** Icons that several chunks use: as separate files, the HTTP headers would be five times the icons. */
const ICONS = /@lucide\/svelte\/dist\/icons\//;

export default defineConfig({
  plugins: [svelte(), apiDocs(), catalogs(), emojiNames(), serviceWorker(), compress()],
  build: {
    outDir: "../src/coterie/static",
    emptyOutDir: true,
    // Nothing may become a data: or inline script, so that the strict Content-Security-Policy holds.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What the first screen shares with later parts is one chunk: as thirty chunks it is larger, because each is
          // compressed separately and has its own headers. `src/main.ts` alone decides what the first load contains:
          // everything that it reaches without a dynamic import.
          groups: [
            { name: "shell", tags: ["$initial"], minShareCount: 2 },
            { name: "icons", test: ICONS, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      "/api": server,
      "/emojis": server,
      "/ws": { target: server, ws: true },
    },
  },
  test: {
    include: ["tests/**/*.test.ts"],
    setupFiles: ["tests/english.ts"],
  },
});
