// The live connection: one socket, kept alive by heartbeats, opened again after any loss until it is closed on purpose.
// It authenticates with the session's cookie, which `prepare` renews before each attempt.
import { backoff } from "./backoff";
import { read, type Frame } from "./frames";

export type Connection = "idle" | "connecting" | "open" | "waiting";

export interface GatewayEvents {
  /**
   * Ensures that the session is valid; on a retry by asking the server, because a browser does not say why a socket was
   * refused. Throws if that is impossible now; returns false if the session has ended.
   */
  prepare: (isRetry: boolean) => Promise<boolean>;
  frame: (frame: Frame) => void;
  changed: (connection: Connection, retryAt: number | null) => void;
}

const HEARTBEAT_MS = 30_000;
const ANSWER_MS = 10_000;
const READY_MS = 20_000;

export class Gateway {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private wanted = false;
  private isPreparing = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private beat: ReturnType<typeof setInterval> | undefined;
  private deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly url: string,
    private readonly events: GatewayEvents,
  ) {}

  open(): void {
    if (this.wanted) return;
    this.wanted = true;
    this.attempt = 0;
    void this.connect();
  }

  close(): void {
    this.wanted = false;
    this.drop();
    this.events.changed("idle", null);
  }

  /** Retries immediately instead of waiting, when the network or the user is back. */
  retryNow(): void {
    if (!this.wanted || this.socket) return;
    clearTimeout(this.retry);
    void this.connect();
  }

  send(op: string, data: unknown): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify({ op, t: null, d: data }));
    return true;
  }

  private async connect(): Promise<void> {
    if (this.isPreparing) return;
    this.isPreparing = true;
    this.events.changed("connecting", null);
    const isPrepared = await this.events.prepare(this.attempt > 0).catch(() => null);
    this.isPreparing = false;
    if (!this.wanted || isPrepared === false) return;
    if (isPrepared === null) this.later();
    else this.listen(new WebSocket(this.url));
  }

  private listen(socket: WebSocket): void {
    this.socket = socket;
    this.deadline = setTimeout(() => this.lost(), READY_MS);
    socket.onmessage = (event) => this.receive(String(event.data));
    socket.onclose = () => {
      if (this.socket === socket) this.lost();
    };
  }

  private receive(raw: string): void {
    const received = read(raw);
    if (received.kind === "acknowledged") clearTimeout(this.deadline);
    if (received.kind !== "event") return;
    if (received.frame.name === "READY") this.ready();
    this.events.frame(received.frame);
  }

  private ready(): void {
    this.attempt = 0;
    clearTimeout(this.deadline);
    clearInterval(this.beat);
    this.beat = setInterval(() => this.heartbeat(), HEARTBEAT_MS);
    this.events.changed("open", null);
  }

  private heartbeat(): void {
    this.send("HEARTBEAT", null);
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.lost(), ANSWER_MS);
  }

  private lost(): void {
    this.drop();
    if (this.wanted) this.later();
  }

  private later(): void {
    const wait = backoff(this.attempt++);
    this.events.changed("waiting", Date.now() + wait);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.connect(), wait);
  }

  private drop(): void {
    clearTimeout(this.retry);
    clearTimeout(this.deadline);
    clearInterval(this.beat);
    const socket = this.socket;
    this.socket = null;
    if (socket) socket.onmessage = socket.onclose = null;
    socket?.close();
  }
}
