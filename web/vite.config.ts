import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { apiDocs } from "./api-docs.ts";
import { catalogs } from "./catalogs.ts";
import { compress } from "./compress.ts";
import { emojiNames } from "./emoji-names.ts";
import { serviceWorker } from "./service-worker.ts";

const server = "http://127.0.0.1:3000";

const SHELL =
  /src\/(ui\/(Avatar|Button|Dialog|DialogButtons|Form|FormDialog|ConfirmDialog|IconButton|ToolBar|Lazy|Problem|RowButton|Skeleton|TextField|focus)\.|(api|store|sync)\/|messages\/(Emoji|Reactions|MessageText|Blocks|InlineText|SpotLink|Spoiler|CodeBlock|mentioning|limits)\.|messages\/(emoji\/(EmojiButton|habits)|writing\/(Field|replacing))\.|text\/(texts|language|time|markup|inline)|members\/(names|seeking)|conversations\/(naming|ConversationAvatar|presence)|notifications\/calm|community\/layout|shortcuts\/table|files\/measure)/;

/** All that several parts show: as files of their own the headers would be five times the drawings. */
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
          // What the first screen needs comes together: as thirty pieces, each shared with some dialog, it is
          // larger, since each is compressed by itself and has headers of its own.
          groups: [
            { name: "shell", test: SHELL, minShareCount: 2 },
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
