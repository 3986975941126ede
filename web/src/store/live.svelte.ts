// The live connection's state for the screen, and the listeners to applied frames.
import type { Frame } from "../sync/frames";
import { Gateway, type Connection } from "../sync/gateway";

export interface LiveNeeds {
  /** Ensures that the session is valid; returns whether to connect. */
  prepare: (isRetry: boolean) => Promise<boolean>;
  frame: (frame: Frame) => void;
  /** Reconnected. */
  returned: () => void;
}

export class Live {
  isReady = $state(false);
  connection = $state<Connection>("idle");
  retryAt = $state<number | null>(null);

  /** Whether stored state is on the screen, until READY arrives. */
  isRecalled = $state(false);

  private readonly listeners = new Set<(frame: Frame) => void>();
  private readonly gateway: Gateway;

  constructor(private readonly needs: LiveNeeds) {
    this.gateway = new Gateway(gatewayAddress(), {
      prepare: needs.prepare,
      frame: needs.frame,
      changed: (connection, retryAt) => this.changed(connection, retryAt),
    });
  }

  open(): void {
    this.gateway.open();
  }

  close(): void {
    this.gateway.close();
    this.isReady = this.isRecalled = false;
  }

  retryNow(): void {
    this.gateway.retryNow();
  }

  /** Sends a frame; returns whether there is a connection. */
  send(op: string, data: unknown): boolean {
    return this.gateway.send(op, data);
  }

  /** Calls the listener for every applied frame; returns a function that removes it. */
  listen(listener: (frame: Frame) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(frame: Frame): void {
    for (const listener of this.listeners) listener(frame);
  }

  private changed(connection: Connection, retryAt: number | null): void {
    this.connection = connection;
    this.retryAt = retryAt;
    if (connection !== "open") return;
    if (this.isReady) this.needs.returned();
    this.isReady = true;
  }
}

function gatewayAddress(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;
}
