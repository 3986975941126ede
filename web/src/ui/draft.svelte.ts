// What a form holds until it is saved. What somebody else changes meanwhile is followed wherever nothing was typed,
// and what was typed is never lost by it.
import { untrack } from "svelte";
import { Failure, sentenceOf } from "../api/failure";

export class Draft<Values extends object> {
  values: Values = $state()!;
  private kept: Values = $state.raw()!;

  isBusy = $state(false);
  isSaved = $state(false);
  problem = $state("");
  fields = $state<Record<string, string>>({});

  isChanged = $derived(this.names.some((name) => this.values[name] !== this.kept[name]));

  /** To be made while a component is made: `source` tells what is saved, and is followed. */
  constructor(source: () => Values) {
    this.kept = untrack(source);
    this.values = { ...this.kept };
    $effect(() => {
      const now = source();
      untrack(() => this.follow(now));
    });
  }

  reset(): void {
    this.values = { ...this.kept };
    this.problem = "";
    this.fields = {};
  }

  /** Carries the deed out, which saves the values, and says what became of it. */
  async save(deed: (values: Values) => Promise<unknown>): Promise<void> {
    this.begin();
    const values = { ...this.values };
    try {
      await deed(values);
      this.kept = values;
      this.isSaved = true;
    } catch (error) {
      this.fields = error instanceof Failure ? error.fields : {};
      this.problem = this.names.some((name) => name in this.fields) ? "" : sentenceOf(error);
    }
    this.isBusy = false;
  }

  private begin(): void {
    this.isBusy = true;
    this.isSaved = false;
    this.problem = "";
    this.fields = {};
  }

  /** Somebody saved something else meanwhile. */
  follow(now: Values): void {
    for (const name of this.names) if (this.values[name] === this.kept[name]) this.values[name] = now[name];
    this.kept = { ...now };
  }

  private get names(): (keyof Values & string)[] {
    return Object.keys(this.kept) as (keyof Values & string)[];
  }
}
