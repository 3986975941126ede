// Uploads. A message takes its files once it exists, so they wait for it under its nonce; each is then sent by itself,
// in order, so that one that fails stops no other. They are stored in the browser until the server has them; files that
// were picked but not sent yet are only in memory.
import { SvelteMap } from "svelte/reactivity";
import { Failure, sentenceOf } from "../api/failure";
import type { Id, Message } from "../api/types";
import { text } from "../text/texts";
import { makeKey } from "../store/identity";
import type { StoredFile, StoredUpload } from "../store/local/database";

export interface UploadFile {
  readonly key: string;
  readonly name: string;
  readonly size: number;
  /** Null if it was too large to be stored and the page was reloaded. */
  readonly file: File | null;
  state: "waiting" | "sending" | "failed";
  /** From 0 to 1. */
  progress: number;
  /** Why it failed; empty if it is sent again as soon as there is a connection. */
  reason: string;
  isPassing: boolean;
}

/** The files of a message that the server does not have yet. */
export interface Upload {
  nonce: string;
  message: Message | null;
  files: UploadFile[];
  /** How many of the message's files the server had when it last said so. */
  arrived: number;
  /** The key of the file that was sent, but whose response has not come. */
  uncertain: string | null;
}

/** A part of the browser's storage, which all tabs share. */
interface Store<Value> {
  kept: () => Promise<Value[]>;
  find: (key: string) => Promise<Value | undefined>;
  keep: (value: Value) => Promise<boolean>;
  isKept: (key: string) => Promise<boolean>;
  drop: (key: string) => Promise<void>;
}

export interface KeyedFile {
  key: string;
  file: File;
}

export interface Carrier {
  /** Sent again with the same key, a file is attached once. */
  send: (
    message: Id,
    file: KeyedFile,
    progress: (part: number) => void,
    signal: AbortSignal,
  ) => Promise<unknown>;
  /** The message as the server has it now. */
  look: (message: Message) => Promise<Message>;
  /** The server has a file. */
  arrived: (message: Message) => void;
  /** None of the files is left, and the server has none. */
  emptied: (nonce: string, message: Message | null) => void;
  uploads: Store<StoredUpload>;
  files: Store<StoredFile>;
  /** Runs `work` while no other tab does so for this nonce. */
  alone: (nonce: string, work: () => Promise<void>) => Promise<void>;
}

/** More than this of one message is not copied into the browser's storage. */
const MOST_BYTES = 64 * 2 ** 20;

export class Uploads {
  readonly picked = new SvelteMap<Id, File[]>();
  entries = $state<Upload[]>([]);
  private readonly running = new Set<string>();
  private readonly sending = new Map<string, AbortController>();

  /** Whether files and uploads are stored, by key and nonce; what is missing here was stored by another page. */
  private readonly keeping = new Map<string, Promise<boolean>>();

  constructor(private readonly carrier: Carrier) {}

  of(nonce: string | null | undefined): Upload | undefined {
    return nonce ? this.entries.find((entry) => entry.nonce === nonce) : undefined;
  }

  add(nonce: string, files: File[]): void {
    const added = files.map((file) => ({ key: makeKey(), name: file.name, size: file.size, file }));
    this.entries.push({ nonce, message: null, files: added.map(waiting), arrived: 0, uncertain: null });
    let bytes = 0;
    for (const { key, file } of added) {
      bytes += file.size;
      if (bytes <= MOST_BYTES) this.keeping.set(key, this.carrier.files.keep({ key, file }));
    }
    this.keep(this.of(nonce)!);
  }

  /** The message exists: by the response or by the event, whichever came first. */
  begin(message: Message): void {
    const upload = this.of(message.nonce);
    if (!upload || upload.message) return;
    upload.message = message;
    this.keep(upload);
    void this.run(upload);
  }

  retry(nonce: string, key: string): void {
    const upload = this.of(nonce);
    const file = upload?.files.find((each) => each.key === key);
    if (!upload || file?.state !== "failed" || !file.file) return;
    Object.assign(file, { state: "waiting", reason: "" });
    void this.run(upload);
  }

  /** Leaves out one file, also while it is being sent. */
  remove(nonce: string, key: string): void {
    const upload = this.of(nonce);
    if (!upload) return;
    this.take(upload, key);
    this.sending.get(key)?.abort();
    if (upload.files.length) return;
    void this.drop(nonce);
    if (!upload.arrived) this.carrier.emptied(nonce, upload.message);
  }

  /** Connected again: continues uploads that were interrupted, here or by the end of a page. */
  resume(): void {
    void this.recall().then(() => {
      for (const upload of this.entries) {
        for (const file of upload.files) if (file.isPassing) file.state = "waiting";
        if (upload.message) void this.run(upload);
      }
    });
  }

  async recall(): Promise<void> {
    for (const { files, ...kept } of await this.carrier.uploads.kept()) {
      const found = await Promise.all(files.map(({ key }) => this.carrier.files.find(key)));
      if (this.of(kept.nonce)) continue;
      const recalled = files.map((file, at) => waiting({ ...file, file: found[at]?.file ?? null }));
      this.entries.push({ ...kept, files: recalled });
    }
  }

  /** Removes files of messages that were discarded. */
  retain(isThere: (nonce: string) => boolean): void {
    for (const { nonce, message } of [...this.entries])
      if (!message && !isThere(nonce)) void this.drop(nonce);
  }

  async drop(nonce: string): Promise<void> {
    const upload = this.of(nonce);
    if (!upload) return;
    this.entries = this.entries.filter((entry) => entry.nonce !== nonce);
    for (const { key } of upload.files) {
      this.sending.get(key)?.abort();
      this.dropFile(key);
    }
    const kept = this.keeping.get(nonce);
    this.keeping.delete(nonce);
    await kept;
    await this.carrier.uploads.drop(nonce);
  }

  clear(): void {
    for (const control of this.sending.values()) control.abort();
    for (const held of [this.keeping, this.picked]) held.clear();
    this.entries = [];
  }

  private keep({ nonce, message, files, arrived, uncertain }: Upload): void {
    const record = {
      ...{ nonce, arrived, uncertain },
      message: message && plain(message),
      files: files.map(stored),
    };
    this.keeping.set(nonce, this.carrier.uploads.keep(record));
  }

  private take(upload: Upload, key: string): void {
    upload.files = upload.files.filter((file) => file.key !== key);
    this.dropFile(key);
    this.keep(upload);
  }

  private dropFile(key: string): void {
    void Promise.resolve(this.keeping.get(key)).then(() => this.carrier.files.drop(key));
    this.keeping.delete(key);
  }

  private async run(upload: Upload): Promise<void> {
    const { nonce } = upload;
    if (this.running.has(nonce)) return;
    this.running.add(nonce);
    await this.carrier.alone(nonce, () => this.carry(upload)).catch(() => undefined);
    this.running.delete(nonce);
  }

  /** Sends what waits, in order, until there is no connection. */
  private async carry(upload: Upload): Promise<void> {
    await this.catchUp(upload);
    for (let file = next(upload); file; file = next(upload)) {
      try {
        if (upload.uncertain) await this.settle(upload);
        if (upload.files.includes(file)) await this.deliver(upload, file);
      } catch (error) {
        if (!this.note(upload, file, error)) return;
      }
    }
    if (!upload.files.length) await this.drop(upload.nonce);
  }

  /** Follows what another tab has sent meanwhile, or left out. */
  private async catchUp(upload: Upload): Promise<void> {
    const { nonce } = upload;
    if ((await this.keeping.get(nonce)) === false) return; // it is stored nowhere
    const now = await this.carrier.uploads.find(nonce);
    if (!now && (await this.carrier.uploads.isKept(nonce))) return; // the storage does not respond
    const left = now?.files.map(({ key }) => key) ?? [];
    upload.files = upload.files.filter(({ key }) => left.includes(key));
    if (now) Object.assign(upload, { arrived: now.arrived, uncertain: now.uncertain });
  }

  /**
   * Whether the file arrived although no response did: then the message has more files than before, and it need not be
   * sent again. If the server is still storing it, it is sent again, and attached once because of its key.
   */
  private async settle(upload: Upload): Promise<void> {
    const message = await this.carrier.look(upload.message!);
    const count = message.attachments?.length ?? 0;
    const key = upload.uncertain!;
    const hasArrived = count > upload.arrived;
    Object.assign(upload, { arrived: count, uncertain: null });
    if (hasArrived) this.take(upload, key);
    else this.keep(upload);
    this.carrier.arrived(message);
  }

  private async deliver(upload: Upload, file: UploadFile): Promise<void> {
    const control = new AbortController();
    this.sending.set(file.key, control);
    Object.assign(file, { state: "sending", progress: 0, reason: "", isPassing: false });
    upload.uncertain = file.key;
    this.keep(upload);
    try {
      const progress = (part: number) => (file.progress = part);
      await this.carrier.send(
        upload.message!.id,
        { key: file.key, file: file.file! },
        progress,
        control.signal,
      );
    } finally {
      this.sending.delete(file.key);
    }
    upload.arrived += 1;
    upload.uncertain = null;
    this.take(upload, file.key);
    await this.carrier.look(upload.message!).then(this.carrier.arrived, () => undefined);
  }

  /** Whether the next file can be sent. */
  private note(upload: Upload, file: UploadFile, error: unknown): boolean {
    if (!upload.files.includes(file)) return true; // it was left out
    const isPassing = error instanceof Failure && error.isPassing;
    if (!isPassing) upload.uncertain = null;
    Object.assign(file, { state: "failed", reason: sentenceOf(error), isPassing });
    this.keep(upload);
    return !isPassing;
  }
}

const next = ({ files }: Upload) => files.find(({ state }) => state === "waiting");

type Recalled = Pick<UploadFile, "key" | "name" | "size" | "file"> & { reason?: string };

/** A file that has not been sent, or that the server refused before the page was loaded. */
function waiting({ reason = "", ...file }: Recalled): UploadFile {
  const problem = file.file ? reason : text.files.pickAgain;
  return { ...file, state: problem ? "failed" : "waiting", progress: 0, reason: problem, isPassing: false };
}

function stored({ key, name, size, reason, isPassing }: UploadFile): StoredUpload["files"][number] {
  return { key, name, size, reason: isPassing ? "" : reason };
}

function plain(message: Message): Message {
  return JSON.parse(JSON.stringify(message)) as Message;
}

export function formOf(files: File[]): FormData {
  const form = new FormData();
  for (const file of files) form.append("files", file);
  return form;
}
