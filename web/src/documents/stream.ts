// One subscription, from the answer's first line until it ends. It ends by itself when the server says nothing for
// longer than it promised, and what it then threw says whether trying again makes sense.
import { failureFrom, unreachable } from "../api/failure";
import { UpdateReader, type Update } from "./braid";

/** Sends a request in the name of the session. */
export type Send = (request: Request) => Promise<Response>;

export interface Listener {
  opened: () => void;
  heard: (update: Update) => void;
}

const ASKED_SECONDS = 10;
const MULTIRESPONSE = 209;

/** Resolves when the server ended it. Throws a Failure when it was refused, lost, or silent for too long. */
export async function subscribe(
  send: Send,
  url: string,
  headers: Record<string, string>,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  const silence = new Silence(signal);
  const asked = { ...headers, Subscribe: "true", Heartbeats: `${ASKED_SECONDS}s` };
  try {
    const response = await send(
      new Request(url, { headers: asked, cache: "no-store", signal: silence.signal }),
    );
    if (response.status !== MULTIRESPONSE) throw await failureFrom(response);
    listener.opened();
    silence.allow(parseFloat(response.headers.get("Heartbeats") ?? "") || ASKED_SECONDS);
    await read(response.body!.getReader(), new UpdateReader(listener.heard), silence);
  } finally {
    silence.end();
  }
}

async function read(
  body: ReadableStreamDefaultReader<Uint8Array>,
  reader: UpdateReader,
  silence: Silence,
): Promise<void> {
  for (;;) {
    const { done, value } = await body.read().catch(() => {
      throw unreachable();
    });
    if (done) return;
    silence.broken();
    reader.push(value);
  }
}

/** Aborts when nothing came for too long. */
class Silence {
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private longest = 20_000;

  readonly signal: AbortSignal;

  constructor(outer: AbortSignal) {
    this.signal = AbortSignal.any([outer, this.controller.signal]);
    this.broken();
  }

  allow(heartbeat: number): void {
    this.longest = (1.2 * heartbeat + 3) * 1000;
    this.broken();
  }

  broken(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.controller.abort(), this.longest);
  }

  /** Also ends the request itself, should it still be under way. */
  end(): void {
    clearTimeout(this.timer);
    this.controller.abort();
  }
}
