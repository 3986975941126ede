// Uploads. A message takes its files once it exists, so they wait for it under its nonce. They are stored in the
// browser until the server has them; files that were picked but not sent yet are only in memory.
import { SvelteMap } from "svelte/reactivity";
import { Failure, sentenceOf } from "../api/failure";
import type { Id, Message } from "../api/types";
import { text } from "../text/texts";
import { listed } from "../text/time";
import type { StoredFiles } from "../store/local/database";

export interface Upload {
  nonce: string;
  /** Empty if they were too large to be stored and the page was reloaded. */
  files: File[];
  names: string[];
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
  /** The message as the server has it now. */
  look: (message: Message) => Promise<Message>;
  /** The server has the files. */
  arrived: (message: Message) => void;
  kept: () => Promise<StoredFiles[]>;
  keep: (files: StoredFiles) => Promise<boolean>;
  isKept: (nonce: string) => Promise<boolean>;
  drop: (nonce: string) => void;
  /** Runs `work` while no other tab does so for this nonce. */
  alone: (nonce: string, work: () => Promise<void>) => Promise<void>;
}

/** More than this is not copied into the browser's storage. */
const MOST_BYTES = 64 * 2 ** 20;

export class Uploads {
  readonly picked = new SvelteMap<Id, File[]>();
  entries = $state<Upload[]>([]);
  private readonly running = new Map<string, AbortController>();

  /** Nonces of files that this page did not pick itself, or sent once without a response. */
  private readonly uncertain = new Set<string>();
  private readonly keeping = new Map<string, Promise<boolean>>();

  constructor(private readonly carrier: Carrier) {}

  of(nonce: string | null | undefined): Upload | undefined {
    return nonce ? this.entries.find((entry) => entry.nonce === nonce) : undefined;
  }

  add(nonce: string, files: File[]): void {
    this.show({ nonce, files, names: files.map(({ name }) => name), message: null });
    this.keep(this.of(nonce)!);
  }

  /** The message exists: by the response or by the event, whichever came first. */
  begin(message: Message): void {
    const upload = this.of(message.nonce);
    if (upload?.state !== "waiting") return;
    upload.message = message;
    this.keep(upload);
    void this.run(upload);
  }

  retry(nonce: string): void {
    const upload = this.of(nonce);
    if (upload?.state === "failed" && upload.files.length) void this.run(upload);
  }

  /** Connected again: continues uploads that were interrupted, here or by the end of a page. */
  resume(): void {
    void this.recall().then(() => {
      for (const upload of this.entries)
        if (upload.message && this.uncertain.has(upload.nonce)) void this.run(upload);
    });
  }

  async recall(): Promise<void> {
    for (const kept of await this.carrier.kept()) {
      if (this.of(kept.nonce)) continue;
      this.uncertain.add(kept.nonce);
      this.keeping.set(kept.nonce, Promise.resolve(true));
      this.show(kept);
    }
  }

  /** Removes files of messages that were discarded. */
  retain(isThere: (nonce: string) => boolean): void {
    for (const { nonce, message } of [...this.entries]) if (!message && !isThere(nonce)) this.drop(nonce);
  }

  drop(nonce: string): void {
    if (!this.of(nonce)) return;
    this.entries = this.entries.filter((entry) => entry.nonce !== nonce);
    this.running.get(nonce)?.abort();
    this.uncertain.delete(nonce);
    void Promise.resolve(this.keeping.get(nonce)).then(() => this.carrier.drop(nonce));
    this.keeping.delete(nonce);
  }

  clear(): void {
    for (const control of this.running.values()) control.abort();
    for (const held of [this.uncertain, this.keeping, this.picked]) held.clear();
    this.entries = [];
  }

  private show(kept: StoredFiles): void {
    const isLost = kept.files.length === 0;
    const reason = isLost ? text.files.pickAgain({ names: kept.names.join(", ") }) : "";
    this.entries.push({ ...kept, state: isLost ? "failed" : "waiting", progress: 0, reason });
  }

  private keep({ nonce, files, names, message }: Upload): void {
    const size = files.reduce((sum, file) => sum + file.size, 0);
    const record = { nonce, names: [...names], message: message && plain(message) };
    const whole = { ...record, files: size > MOST_BYTES ? [] : [...files] };
    // What does not fit leaves at least its names.
    const kept = this.carrier
      .keep(whole)
      .then((isKept) => isKept || this.carrier.keep({ ...record, files: [] }));
    this.keeping.set(nonce, kept);
  }

  private async run(upload: Upload): Promise<void> {
    const { nonce } = upload;
    if (this.running.has(nonce)) return;
    const control = new AbortController();
    this.running.set(nonce, control);
    Object.assign(upload, { state: "sending", progress: 0, reason: "" });
    await this.carrier.alone(nonce, () => this.carry(upload, control.signal)).catch(() => undefined);
    this.running.delete(nonce);
  }

  private async carry(upload: Upload, signal: AbortSignal): Promise<void> {
    const { nonce } = upload;
    const message = upload.message!;
    try {
      const isDone = this.uncertain.has(nonce) && (await this.isDone(nonce, message));
      if (!isDone) {
        this.uncertain.add(nonce);
        await this.carrier.send(message.id, upload.files, (part) => (upload.progress = part), signal);
      }
      this.drop(nonce);
      await this.carrier.look(message).then(this.carrier.arrived, () => undefined);
    } catch (error) {
      if (!(error instanceof Failure && error.isPassing)) this.uncertain.delete(nonce);
      Object.assign(upload, { state: "failed", reason: reasonOf(error) });
    }
  }

  /** Whether the files arrived although no response did. A message takes all of them or none. */
  private async isDone(nonce: string, message: Message): Promise<boolean> {
    if ((await this.keeping.get(nonce)) && !(await this.carrier.isKept(nonce))) return true;
    return ((await this.carrier.look(message)).attachments ?? []).length > 0;
  }
}

/** With the names of the affected files, if the server names them. */
function reasonOf(error: unknown): string {
  const reason = sentenceOf(error);
  const names = error instanceof Failure ? Object.keys(error.fields) : [];
  return names.length ? text.files.refused({ names: listed(names), reason }) : reason;
}

function plain(message: Message): Message {
  return JSON.parse(JSON.stringify(message)) as Message;
}
