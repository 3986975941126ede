// The service worker: serves the client itself without a network, and nothing else. It may cache only a list of paths
// that the build wrote, all of which are the same for everyone; it never touches a request for anything else (whatever
// belongs to a user: the API, the gateway, streams, files). A new build waits for the user's consent.
//
// Not generated (Workbox): routing, strategies and expiry are for cached responses, which must not exist here. A new
// build waits because in one tab, beside an old build in another, it would share the local database.
/// <reference lib="webworker" />
// @ts-check

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** What the build wrote: `first` is what the first screen needs, and small files. */
const { version, files, first } = /** @type {{ version: string, files: string[], first: string[] }} */ (
  BUILT
);

const PREFIX = "coterie-shell-";
const NAME = PREFIX + version;
const PAGE = "/";
const KNOWN = new Set(files);

/** If the network takes longer than this, the cached page is used. */
const PATIENCE_MS = 3_000;

worker.addEventListener("install", (event) => event.waitUntil(fill()));
worker.addEventListener("activate", (event) => event.waitUntil(clean()));
worker.addEventListener("message", (event) => {
  if (event.data === "take over") void worker.skipWaiting();
  else if (Array.isArray(event.data?.used)) event.waitUntil(keep(event.data.used));
});
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && pathname === PAGE) event.respondWith(page(request));
  else if (KNOWN.has(pathname)) event.respondWith(asset(pathname, request));
});

/** Unchanged files of an earlier build are not fetched again. */
async function fill() {
  const cache = await caches.open(NAME);
  const missing = [];
  for (const path of new Set([PAGE, ...first, ...(await usedBefore())])) {
    const known = path === PAGE ? undefined : await caches.match(path);
    if (known) await cache.put(path, known);
    else missing.push(path);
  }
  await cache.addAll(missing.map((path) => new Request(path, { credentials: "omit", cache: "no-cache" })));
}

/** Larger parts that an earlier build needed. Of parts that exist once per language, only the same ones. */
async function usedBefore() {
  const used = new Set();
  for (const name of await caches.keys())
    if (name.startsWith(PREFIX))
      for (const { url } of await (await caches.open(name)).keys()) used.add(new URL(url).pathname);
  const parts = new Set([...used].map(partOf));
  const all = files.map(partOf);
  const isOnly = (/** @type {string} */ part) => all.indexOf(part) === all.lastIndexOf(part);
  return files.filter((path) => used.has(path) || (parts.has(partOf(path)) && isOnly(partOf(path))));
}

/**
 * What identifies a file in every build: its name without the hash.
 * @param {string} path
 */
function partOf(path) {
  return path.replace(/-[\w-]{8}(?=\.\w+$)/, "");
}

/**
 * Caches what a page used before it had this worker.
 * @param {string[]} paths
 */
async function keep(paths) {
  const known = paths.filter((path) => KNOWN.has(path));
  await Promise.all(known.map((path) => asset(path, new Request(path, { credentials: "omit" }))));
}

async function clean() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/**
 * The server's present page; without a network, the page of this build.
 * @param {Request} request
 * @returns {Promise<Response>}
 */
async function page(request) {
  const kept = await caches.match(PAGE, { cacheName: NAME });
  const asked = fetch(request);
  if (!kept) return asked;
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));
  const answer = /** @type {Response} */ (await Promise.race([asked.catch(() => kept), late]));
  asked.catch(() => undefined);
  return answer.ok ? answer : kept;
}

/**
 * The name contains a hash of the content, so a cached file is never out of date.
 * @param {string} path
 * @param {Request} request
 * @returns {Promise<Response>}
 */
async function asset(path, request) {
  const kept = await caches.match(path, { cacheName: NAME });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(NAME)).put(path, answer.clone());
  return answer;
}
