// One subscription, from the first line of the response to its end. It ends by itself when the server sends nothing for
// longer than its heartbeat allows; the exception then says whether it makes sense to retry.
import { failureFrom, unreachable } from "../api/failure";
import { UpdateReader, type Update } from "./braid";

/** Sends a request with the session's token. */
export type Send = (request: Request) => Promise<Response>;

export interface Listener {
  opened: () => void;
  received: (update: Update) => void;
}

const ASKED_SECONDS = 10;
const MULTIRESPONSE = 209;

/** Resolves when the server ended it. Throws a Failure when it was refused, was lost, or stayed silent for too long. */
export async function subscribe(
  send: Send,
  url: string,
  headers: Record<string, string>,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  const timeout = new SilenceTimeout(signal);
  const asked = { ...headers, Subscribe: "true", Heartbeats: `${ASKED_SECONDS}s` };
  try {
    const response = await send(
      new Request(url, { headers: asked, cache: "no-store", signal: timeout.signal }),
    );
    if (response.status !== MULTIRESPONSE) throw await failureFrom(response);
    listener.opened();
    timeout.allow(parseFloat(response.headers.get("Heartbeats") ?? "") || ASKED_SECONDS);
    await read(response.body!.getReader(), new UpdateReader(listener.received), timeout);
  } finally {
    timeout.end();
  }
}

async function read(
  body: ReadableStreamDefaultReader<Uint8Array>,
  reader: UpdateReader,
  timeout: SilenceTimeout,
): Promise<void> {
  for (;;) {
    const { done, value } = await body.read().catch(() => {
      throw unreachable();
    });
    if (done) return;
    timeout.broken();
    reader.push(value);
  }
}

/** Aborts when nothing arrived for too long. */
class SilenceTimeout {
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

  /** Also aborts the request, if it is still running. */
  end(): void {
    clearTimeout(this.timer);
    this.controller.abort();
  }
}
