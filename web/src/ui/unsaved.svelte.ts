// Which forms of a screen hold what is not saved, so that nobody leaves it without deciding.
import { createContext } from "svelte";
import { SvelteSet } from "svelte/reactivity";

export class Unsaved {
  private readonly forms = new SvelteSet<() => boolean>();

  /** Somebody wanted to leave meanwhile. */
  isInsisting = $state(false);

  /** Watches a form until the answer is called. */
  watch(isChanged: () => boolean): () => void {
    this.forms.add(isChanged);
    return () => this.forms.delete(isChanged);
  }

  /** Whether nothing would be lost; else whoever is here is asked to save or to reset. */
  mayLeave(): boolean {
    this.isInsisting = [...this.forms].some((isChanged) => isChanged());
    return !this.isInsisting;
  }
}

export const [useUnsaved, provideUnsaved] = createContext<Unsaved>();
