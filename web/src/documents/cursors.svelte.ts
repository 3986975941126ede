// Who else is in a document, and where. Nothing here is stored: cursors are sent as they change, and received as others
// move. A lost connection is silently made again.
//
// Each copy is called `<user id>.<random>`, so names and colours follow from the user id.
import { SvelteMap } from "svelte/reactivity";
import type { Id } from "../api/types";
import { backoff } from "../sync/backoff";
import type { Update } from "./braid";
import { subscribe, type Send } from "./stream";

/** In code points of the server's text; the selection starts at `from`, and the cursor is at its other end. */
export interface Selection {
  from: number;
  to: number;
}

export interface Peer {
  id: string;
  user: Id | null;
  selections: Selection[];
}

const TYPE = "application/text-cursors+json";
const PAUSE_MS = 150;
const TOO_EARLY = 425;

export class Cursors {
  /** Everyone except this copy. */
  readonly peers = new SvelteMap<string, Peer>();
  private following: AbortController | null = null;
  private attempt = 0;
  private isOpen = false;
  private again: ReturnType<typeof setTimeout> | undefined;
  private pause: ReturnType<typeof setTimeout> | undefined;
  private read: (() => Selection | null) | null = null;

  constructor(
    private readonly url: string,
    private readonly peer: string,
    private readonly send: Send,
  ) {}

  start(): void {
    if (!this.following) void this.follow();
  }

  stop(): void {
    clearTimeout(this.again);
    clearTimeout(this.pause);
    this.pause = undefined;
    this.following?.abort();
    this.following = null;
    this.isOpen = false;
    this.peers.clear();
  }

  /** Sends the user's selection soon, and calls `read` at that moment. */
  report(read: () => Selection | null): void {
    this.read = read;
    this.pause ??= setTimeout(() => void this.tellNow(), PAUSE_MS);
  }

  private async tellNow(): Promise<void> {
    this.pause = undefined;
    const place = this.read?.();
    if (place === undefined || !this.isOpen) return;
    const headers = {
      "Content-Type": TYPE,
      "Content-Range": `json [${JSON.stringify(this.peer)}]`,
      Peer: this.peer,
    };
    const body = JSON.stringify(place ? [place] : []);
    const response = await this.send(new Request(this.url, { method: "PUT", headers, body })).catch(
      () => null,
    );
    // The subscription that it belongs to does not exist yet.
    if (response?.status === TOO_EARLY && this.read) this.report(this.read);
  }

  private async follow(): Promise<void> {
    const own = (this.following = new AbortController());
    const headers = { Accept: TYPE, Peer: this.peer };
    if (!(await this.areThere()) || this.following !== own) return;
    const listener = { opened: () => this.opened(), received: (update: Update) => this.received(update) };
    await subscribe(this.send, this.url, headers, listener, own.signal).catch(() => undefined);
    if (this.following !== own) return;
    this.isOpen = false;
    this.peers.clear();
    this.again = setTimeout(() => void this.follow(), backoff(this.attempt++));
  }

  /**
   * Whether the server supports cursors: then it answers in their format. A server that cannot answer now is asked
   * again.
   */
  private async areThere(): Promise<boolean> {
    const request = new Request(this.url, { method: "HEAD", headers: { Accept: TYPE } });
    const response = await this.send(request).catch(() => null);
    return !response?.ok || (response.headers.get("Content-Type") ?? "").startsWith(TYPE);
  }

  private opened(): void {
    this.isOpen = true;
    if (this.read) this.report(this.read);
  }

  private received({ body, patches }: Update): void {
    if (body !== null) {
      this.peers.clear();
      const all = JSON.parse(body || "{}") as Record<string, Selection[]>;
      for (const [id, selections] of Object.entries(all)) this.put(id, selections);
    }
    for (const { range, text } of patches) {
      const [id] = JSON.parse(range.replace(/^json\s*/, "")) as [string];
      this.put(id, text ? (JSON.parse(text) as Selection[]) : null);
    }
    this.attempt = 0;
  }

  private put(id: string, selections: Selection[] | null): void {
    if (id === this.peer) return;
    if (selections) this.peers.set(id, { id, user: userOf(id), selections });
    else this.peers.delete(id);
  }
}

/** A copy is named after its user; other clients can choose any name. */
const userOf = (peer: string): Id | null => /^([0-9a-f-]{36})\./.exec(peer)?.[1] ?? null;
