import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { apiDocs } from "./api-docs.ts";
import { catalogs } from "./catalogs.ts";
import { groups } from "./chunks.ts";
import { compress } from "./compress.ts";
import { emojiNames } from "./emoji-names.ts";
import { serviceWorker } from "./service-worker.ts";

const server = "http://127.0.0.1:3000";

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
      output: { codeSplitting: { groups } },
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
    pool: "threads", // a process for each file costs a fifth more
    setupFiles: ["tests/english.ts"],
  },
});
