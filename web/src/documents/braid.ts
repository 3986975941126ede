// The bytes of Braid: reads a stream of updates as they arrive, in pieces of any size, and writes an edit as a request.
import type { Patch } from "./points";

/** A patch as it is in an update; the meaning of the range depends on the resource. */
export interface RawPatch {
  range: string;
  text: string;
}

export interface Update {
  version: string[];
  parents: string[];
  /** The whole text, if the update is not a change to another version. */
  body: string | null;
  patches: RawPatch[];
  /** SHA-256 of the resulting text in base64, if the server sends it. */
  digest?: string | undefined;
}

type Headers = Map<string, string>;

const LINE_FEED = 10;
const RETURN = 13;

/** Calls `received` for each complete update. Blank lines between updates are only heartbeats. */
export class UpdateReader {
  private held = new Uint8Array(0);

  constructor(private readonly received: (update: Update) => void) {}

  /** Throws if the bytes are not valid updates. */
  push(bytes: Uint8Array): void {
    this.held = joined(this.held, bytes);
    for (;;) {
      const taken = new Take(this.held);
      const update = taken.update();
      if (!update) return;
      this.held = this.held.subarray(taken.at);
      this.received(update);
    }
  }
}

/** Takes one update from the front of the bytes; null if it is incomplete. */
class Take {
  at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  update(): Update | null {
    const headers = this.headers();
    if (!headers) return null;
    const version = idsOf(headers.get("version"));
    const parents = idsOf(headers.get("parents"));
    const digest = digestIn(headers.get("repr-digest"));
    if (headers.has("content-length")) return this.whole(headers, { version, parents, digest });
    const patches: RawPatch[] = [];
    for (let left = Number(headers.get("patches") ?? 0); left > 0; left -= 1) {
      const patch = this.patch();
      if (!patch) return null;
      patches.push(patch);
    }
    return { version, parents, digest, body: null, patches };
  }

  private whole(headers: Headers, about: Omit<Update, "body" | "patches">): Update | null {
    const text = this.content(headers);
    const range = headers.get("content-range");
    if (text === null) return null;
    if (range === undefined) return { ...about, body: text, patches: [] };
    return { ...about, body: null, patches: [{ range, text }] };
  }

  private patch(): RawPatch | null {
    const headers = this.headers();
    const text = headers && this.content(headers);
    if (text === null) return null;
    return { range: headers!.get("content-range") ?? "", text };
  }

  private headers(): Headers | null {
    this.skipBlank();
    const headers: Headers = new Map();
    for (;;) {
      const line = this.line();
      if (line === null) return null;
      if (line === "") return headers;
      const colon = line.indexOf(":");
      if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
      else if (!line.startsWith("HTTP")) throw new Error("not an update");
    }
  }

  private line(): string | null {
    const end = this.bytes.indexOf(LINE_FEED, this.at);
    if (end < 0) return null;
    const line = new TextDecoder("latin1").decode(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  }

  private skipBlank(): void {
    while (this.bytes[this.at] === LINE_FEED || this.bytes[this.at] === RETURN) this.at += 1;
  }

  private content(headers: Headers): string | null {
    const end = this.at + Number(headers.get("content-length"));
    if (!(end >= this.at)) throw new Error("no length");
    if (end > this.bytes.length) return null;
    const content = new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.bytes.subarray(this.at, end));
    this.at = end;
    return content;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

const digestIn = (header: string | undefined): string | undefined =>
  /\bsha-256=:([^:]*):/.exec(header ?? "")?.[1];

/** The digest as in updates. It needs a secure context: null elsewhere. */
export async function digestOf(content: string): Promise<string | null> {
  if (!("subtle" in crypto)) return null;
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(content));
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

export function idsOf(header: string | null | undefined): string[] {
  return JSON.parse(`[${header ?? ""}]`) as string[];
}

export const headerOf = (ids: readonly string[]): string => ids.map((id) => JSON.stringify(id)).join(", ");

/** The range `text [a:b]`. Throws for any other. */
export function textPatch({ range, text }: RawPatch): Patch {
  const found = /^text\s*\[(\d+):(\d+)\]$/.exec(range);
  if (!found) throw new Error(`not a range of text: ${range}`);
  return { from: Number(found[1]), to: Number(found[2]), text };
}

/**
 * Headers and body of a request with these patches: one patch is the body itself, several are written one after the
 * other.
 */
export function requestOf(patches: readonly Patch[]): {
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer>;
} {
  const blocks = patches.map((patch) => ({
    range: `text [${patch.from}:${patch.to}]`,
    content: new TextEncoder().encode(patch.text),
  }));
  const only = blocks[0];
  if (only && blocks.length === 1) return { headers: { "Content-Range": only.range }, body: only.content };
  const parts = blocks.map(({ range, content }) => {
    const head = `Content-Length: ${content.length}\r\nContent-Range: ${range}\r\n\r\n`;
    return joined(joined(new TextEncoder().encode(head), content), new TextEncoder().encode("\r\n\r\n"));
  });
  return { headers: { Patches: String(blocks.length) }, body: parts.reduce(joined, new Uint8Array(0)) };
}
