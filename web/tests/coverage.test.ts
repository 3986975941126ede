// Everything that the server can do is in this client, or is listed here with the reason why not.
//
// Operations are called, events handled, gateway ops sent; a reason that is no longer needed fails, too.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const METHODS = ["get", "post", "put", "patch", "delete"];

const MESSENGER = "for the messenger's clients; here the community's call of the same kind is used";
const ADDRESS = "answers name the whole address of each file, and the browser fetches it";
const OPERATOR = "for supervisors and proxies";
const IN_READY = "READY and events tell it, so it is never asked for";
const VOICE = "one's own screen is said by the state in the voice channel";
const GIFS = "what it finds lies with a third party, of which this client asks nothing";

const NEEDLESS: Record<string, string> = {
  "GET /api/auth/me": MESSENGER,
  "POST /api/auth/signup": MESSENGER,
  "GET /api/conversations/{}/messages": MESSENGER,
  "GET /api/conversations/{}/participants": MESSENGER,
  "PUT /api/conversations/{}/receipt": MESSENGER,
  "PATCH /api/messages/{}/read": MESSENGER,
  "GET /api/dm-channels": MESSENGER,
  "POST /api/dm-channels": MESSENGER,
  "POST /api/dm-channels/{}/ack": MESSENGER,
  "GET /api/dm-channels/{}/messages": MESSENGER,
  "POST /api/dm-channels/{}/messages": MESSENGER,
  "PUT /api/conversations/{}/notifications": "a conversation is a channel, and so are its levels",

  "GET /api/emojis/{}": ADDRESS,
  "GET /api/files/{}/{}": ADDRESS,
  "GET /api/pictures/{}": ADDRESS,
  "GET /api/servers/{}/export": ADDRESS,
  "GET /api/users/@me/export": ADDRESS,
  "GET /api/link-preview/image": ADDRESS,
  "GET /api/health": OPERATOR,
  "GET /api/health/live": OPERATOR,
  "GET /api/health/ready": OPERATOR,

  "GET /api/servers": IN_READY,
  "GET /api/servers/{}/channels/{}": IN_READY,
  "GET /api/servers/{}/members/@me": IN_READY,
  "GET /api/instance/registration-mode": "the instance tells more",
  "GET /api/admin/settings": "the instance tells more",
  "PATCH /api/admin/settings": "the instance takes more",
  "GET /api/invites/{}": "the page of an invite tells more",
  "GET /api/messages/{}/attachments": "a message tells its files",
  "GET /api/channels/{}/messages/{}/reactions": "a message tells its reactions",
  "GET /api/events/{}": "a message tells its event",
  "GET /api/polls/{}": "a message tells its poll",
  "GET /api/bots/{}": "the list tells all of each",
  "GET /api/servers/{}/webhooks/{}": "the list tells all of each",
  "POST /api/bots/connect": "for bots",

  "GET /api/channels/{}/go-live": VOICE,
  "POST /api/channels/{}/go-live": VOICE,
  "DELETE /api/channels/{}/go-live": VOICE,
  "GET /api/giphy/search": GIFS,
};

const UNHEARD: Record<string, string> = {
  GO_LIVE_START: VOICE,
  GO_LIVE_STOP: VOICE,
  RECEIPT_DELETE: "PARTICIPANT_REMOVE tells of it, and whoever left is shown nowhere",
  TYPING_STOP: "a notice of typing ends by itself",
};

const UNSENT: Record<string, string> = {
  MESSAGE_SEND: "the outbox sends by REST, whose answer is the acknowledgement",
  PRESENCE_UPDATE: "the status is a part of the profile, which REST changes",
};

function sources(folder = join(ROOT, "src")): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|svelte)$/.test(name) && !name.endsWith("schema.d.ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"));
}

const plain = (path: string): string => path.replaceAll(/\$?\{[^}]*\}/g, "{}");
const all = (source: string, pattern: RegExp): RegExpExecArray[] => [...source.matchAll(pattern)];

/** Calls of the typed client, uploads, and requests before there is a session. */
function callsIn(source: string): string[] {
  const typed = all(source, /\b(GET|POST|PUT|PATCH|DELETE)\(\s*"(\/api[^"]*)"/g).map(
    ([, method, path]) => `${method} ${plain(path!)}`,
  );
  const uploads = all(
    source,
    /upload\(\s*[`"](\/api[^`"?]*)[^`"]*[`"],[^)]*?(?:method: "(\w+)"[^)]*)?\)/g,
  ).map(([, path, method]) => `${method ?? "POST"} ${plain(path!)}`);
  const posts = all(source, /(?:postJson|authenticate)\(\s*[`"](\/api[^`"]*)[`"]/g).map(
    ([, path]) => `POST ${plain(path!)}`,
  );
  const fetches = all(source, /\bfetch\([`"](\/api[^`"]*)[`"]/g).map(([, path]) => `GET ${plain(path!)}`);
  return [...typed, ...uploads, ...posts, ...fetches];
}

function operations(): string[] {
  const { paths } = JSON.parse(readFileSync(join(ROOT, "openapi.json"), "utf8")) as {
    paths: Record<string, Record<string, unknown>>;
  };
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => `${method.toUpperCase()} ${plain(path)}`),
  );
}

/** Every event of the server: its own tests keep a complete table. */
function events(): string[] {
  const table = readFileSync(join(ROOT, "..", "tests", "permissions", "events_table.py"), "utf8");
  const [, body] = /^EVENTS: [^{]*\{(.*?)^\}/ms.exec(table) ?? [];
  return all(body ?? "", /^ {4}"([A-Z_]+)":/gm).map(([, name]) => name!);
}

/** What a client can send over the gateway, as its documentation lists it. */
function ops(): string[] {
  const page = readFileSync(join(ROOT, "..", "docs", "protocol", "gateway.md"), "utf8");
  const [, table] = /^\| `op` \|(.*?)\n\n/ms.exec(page) ?? [];
  return all(table ?? "", /^\| `([A-Z_]+)` \|/gm).map(([, name]) => name!);
}

function judged(known: string[], used: Set<string>, excused: Record<string, string>) {
  return {
    missing: known.filter((each) => !used.has(each) && !(each in excused)),
    unknown: Object.keys(excused).filter((each) => !known.includes(each)),
    needlesslyExcused: Object.keys(excused).filter((each) => used.has(each)),
  };
}

const NOTHING = { missing: [], unknown: [], needlesslyExcused: [] };

test("every operation of the server has a place in the client", () => {
  const known = operations();
  expect(known.length).toBeGreaterThan(100);
  expect(judged(known, new Set(sources().flatMap(callsIn)), NEEDLESS)).toEqual(NOTHING);
});

test("every event of the gateway is heard", () => {
  // The core's events, and those that each room adds.
  const bodies = sources().flatMap((source) => all(source, /interface (?:Core)?Events \{(.*?)^ *\}/gms));
  const names = bodies.flatMap(([, body]) => all(body!, /^ +([A-Z_]+):/gm));
  const heard = new Set(names.map(([, name]) => name!));
  const known = events();
  expect(known.length).toBeGreaterThan(50);
  expect(judged(known, heard, UNHEARD)).toEqual(NOTHING);
});

test("every op of the gateway is sent", () => {
  const sent = sources().flatMap((source) => all(source, /(?:send\(|say\(|op: )"([A-Z_]+)"/g));
  const known = ops();
  expect(known).toContain("RESUME");
  const used = new Set(sent.map(([, name]) => name!));
  expect(judged(known, used, UNSENT)).toEqual(NOTHING);
});
