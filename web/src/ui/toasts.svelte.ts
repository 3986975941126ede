// Short notices: what happened and what to do.
import { sentenceOf } from "../api/failure";

/** What a toast offers, such as to undo what it reports. */
export interface ToastAction {
  label: string;
  act: () => unknown;
}

export interface Toast {
  id: number;
  kind: "error" | "notice";
  sentence: string;
  action?: ToastAction | undefined;
  /** Called once, when the toast is no longer shown. */
  ended?: (() => void) | undefined;
}

interface Showing {
  forMs?: number;
  action?: ToastAction;
  ended?: () => void;
}

const SHOWN_MS = 7_000;
const OFFERED_MS = 15_000;
const UNDO_MS = 8_000;
const MOST = 4;

export class Toasts {
  shown = $state<Toast[]>([]);

  /** The id of the modal dialog that shows the toasts, which is the top one; empty if there is none. */
  host = $state("");

  private dialogs: string[] = [];
  private last = 0;

  /** A modal dialog was opened and shows the toasts, until it calls what this returns. */
  openIn(dialog: string): () => void {
    this.turnTo([...this.dialogs, dialog]);
    return () => this.turnTo(this.dialogs.filter((each) => each !== dialog));
  }

  error(error: unknown): void {
    this.show("error", typeof error === "string" ? error : sentenceOf(error));
  }

  /** The error of a promise: `promise.catch(toasts.report)`. */
  readonly report = (error: unknown): void => this.error(error);

  notice(sentence: string): void {
    this.show("notice", sentence);
  }

  /** A notice with a button, which stays long enough to be reached. */
  offer(sentence: string, action: ToastAction): void {
    this.show("notice", sentence, { forMs: OFFERED_MS, action });
  }

  /** Offers to undo what happens only when the toast ends; returns the toast's id. */
  undo(sentence: string, action: ToastAction, ended: () => void): number {
    return this.show("notice", sentence, { forMs: UNDO_MS, action, ended });
  }

  /** A question with a button, which stays until it is answered or dismissed. */
  ask(sentence: string, action: ToastAction): void {
    this.show("notice", sentence, { forMs: Infinity, action });
  }

  /** Important notices stay until they are dismissed. */
  stay(sentence: string): void {
    this.show("notice", sentence, { forMs: Infinity });
  }

  dismiss(id: number): void {
    this.turnInto(this.shown.filter((toast) => toast.id !== id));
  }

  private show(kind: Toast["kind"], sentence: string, showing: Showing = {}): number {
    const { forMs = SHOWN_MS, action, ended } = showing;
    const id = ++this.last;
    const others = this.shown.filter((toast) => toast.sentence !== sentence);
    this.turnInto([...others, { id, kind, sentence, action, ended }].slice(-MOST));
    if (forMs < Infinity) setTimeout(() => this.dismiss(id), forMs);
    return id;
  }

  private turnInto(toasts: Toast[]): void {
    const kept = new Set(toasts.map(({ id }) => id));
    const gone = this.shown.filter(({ id }) => !kept.has(id));
    this.shown = toasts;
    for (const { ended } of gone) ended?.();
  }

  private turnTo(dialogs: string[]): void {
    this.dialogs = dialogs;
    this.host = dialogs.at(-1) ?? "";
  }
}
