// Files on their way into messages. A message is sent first, under a key; when it exists its files follow, and it
// shows them to everybody once the server has them all. Also the files that were picked and not sent yet.
import { SvelteMap } from "svelte/reactivity";
import { sentenceOf } from "../api/failure";
import type { Id, Message } from "../api/types";

export interface Upload {
  nonce: string;
  files: File[];
  message: Message | null;
  state: "waiting" | "sending" | "failed";
  /** From 0 to 1. */
  progress: number;
  reason: string;
}

export interface Carrier {
  send: (
    message: Id,
    files: File[],
    progress: (part: number) => void,
    signal: AbortSignal,
  ) => Promise<unknown>;
  /** The server has the files: fetches the message with them. */
  arrived: (message: Message) => Promise<void>;
}

export class Uploads {
  readonly picked = new SvelteMap<Id, File[]>();
  entries = $state<Upload[]>([]);
  private readonly running = new Map<string, AbortController>();

  constructor(private readonly carrier: Carrier) {}

  of(nonce: string | null | undefined): Upload | undefined {
    return nonce ? this.entries.find((entry) => entry.nonce === nonce) : undefined;
  }

  add(nonce: string, files: File[]): void {
    this.entries.push({ nonce, files, message: null, state: "waiting", progress: 0, reason: "" });
  }

  /** The message exists: by the answer or by the event, whichever came first. */
  begin(message: Message): void {
    const upload = this.of(message.nonce);
    if (upload?.state !== "waiting") return;
    upload.message = message;
    void this.run(upload);
  }

  retry(nonce: string): void {
    const upload = this.of(nonce);
    if (upload?.state === "failed") void this.run(upload);
  }

  drop(nonce: string): void {
    this.entries = this.entries.filter((entry) => entry.nonce !== nonce);
    this.running.get(nonce)?.abort();
  }

  clear(): void {
    for (const { nonce } of this.entries) this.drop(nonce);
    this.picked.clear();
  }

  private async run(upload: Upload): Promise<void> {
    const message = upload.message!;
    const control = new AbortController();
    this.running.set(upload.nonce, control);
    Object.assign(upload, { state: "sending", progress: 0, reason: "" });
    try {
      await this.carrier.send(message.id, upload.files, (part) => (upload.progress = part), control.signal);
      await this.carrier.arrived(message).catch(() => undefined);
      this.drop(upload.nonce);
    } catch (error) {
      Object.assign(upload, { state: "failed", reason: sentenceOf(error) });
    }
    this.running.delete(upload.nonce);
  }
}
