// The web client's own reader of messages, over pipes: a line of texts in, a line of what it found in them out.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const web = process.argv[2];
const { build } = await import(pathToFileURL(`${web}/node_modules/vite/dist/node/index.js`).href);
const [{ output }] = await build({
  root: web,
  configFile: false,
  logLevel: "error",
  build: { write: false, minify: false, lib: { entry: "tests/found.ts", formats: ["es"], fileName: "found" } },
});
const { foundIn } = await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(JSON.parse(line).map(foundIn)));
