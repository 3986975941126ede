// Deletions that can be undone: what is deleted is hidden at once, and the request is sent when the toast that offers to
// undo it ends, or at once if the page is hidden or left. The server deletes only then, for good. If it refuses, what was
// hidden is shown again.
import { SvelteMap } from "svelte/reactivity";
import type { Id } from "../api/types";
import { text } from "../text/texts";
import type { Toasts } from "./toasts.svelte";

interface Waiting {
  toast: number;
  send: () => Promise<unknown>;
}

export class Deletions {
  private readonly waiting = new SvelteMap<Id, Waiting>();
  private readonly sending = new Set<Promise<void>>();

  constructor(private readonly toasts: Pick<Toasts, "undo" | "dismiss" | "report">) {}

  /** `told` is the sentence of the toast. Another deletion with the same sentence takes its place, and this one is sent. */
  begin(id: Id, told: string, send: () => Promise<unknown>): void {
    const undo = { label: text.common.undo, act: () => void this.waiting.delete(id) };
    this.waiting.set(id, { toast: this.toasts.undo(told, undo, () => this.send(id)), send });
  }

  /** Those that are not being deleted. */
  without<Thing extends { id: Id }>(things: Thing[]): Thing[] {
    return this.waiting.size ? things.filter(({ id }) => !this.waiting.has(id)) : things;
  }

  /** Sends everything that waits. */
  async flush(): Promise<void> {
    for (const { toast } of this.waiting.values()) this.toasts.dismiss(toast);
    await Promise.all(this.sending);
  }

  clear(): void {
    this.waiting.clear();
  }

  private send(id: Id): void {
    const found = this.waiting.get(id);
    if (!found) return;
    const sent: Promise<void> = found
      .send()
      .then(() => undefined, this.toasts.report)
      .finally(() => {
        this.sending.delete(sent);
        if (this.waiting.get(id) === found) this.waiting.delete(id);
      });
    this.sending.add(sent);
  }
}
