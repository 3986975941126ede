// Short notices: what happened and what to do.
import { sentenceOf } from "../api/failure";

export interface Toast {
  id: number;
  kind: "error" | "notice";
  sentence: string;
}

const SHOWN_MS = 7_000;
const MOST = 4;

export class Toasts {
  shown = $state<Toast[]>([]);
  private last = 0;

  error(error: unknown): void {
    this.show("error", typeof error === "string" ? error : sentenceOf(error));
  }

  /** The error of a promise: `promise.catch(toasts.report)`. */
  readonly report = (error: unknown): void => this.error(error);

  notice(sentence: string): void {
    this.show("notice", sentence);
  }

  /** Important notices stay until they are dismissed. */
  stay(sentence: string): void {
    this.show("notice", sentence, Infinity);
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }

  private show(kind: Toast["kind"], sentence: string, forMs = SHOWN_MS): void {
    const id = ++this.last;
    const others = this.shown.filter((toast) => toast.sentence !== sentence);
    this.shown = [...others, { id, kind, sentence }].slice(-MOST);
    if (forMs < Infinity) setTimeout(() => this.dismiss(id), forMs);
  }
}
