// Which forms of a screen have unsaved changes, so that nobody leaves it without a decision.
import { createContext } from "svelte";
import { SvelteSet } from "svelte/reactivity";

export class Unsaved {
  private readonly forms = new SvelteSet<() => boolean>();

  /** The user tried to leave. */
  isInsisting = $state(false);

  /** Watches a form; returns a function that stops it. */
  watch(isChanged: () => boolean): () => void {
    this.forms.add(isChanged);
    return () => this.forms.delete(isChanged);
  }

  /** Whether nothing would be lost; otherwise the user is asked to save or reset. */
  mayLeave(): boolean {
    this.isInsisting = [...this.forms].some((isChanged) => isChanged());
    return !this.isInsisting;
  }
}

export const [useUnsaved, provideUnsaved] = createContext<Unsaved>();
