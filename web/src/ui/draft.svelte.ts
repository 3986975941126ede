// A form's values until they are saved. If someone else changes a value meanwhile, the form shows the new value unless
// the user has edited it, and user input is never lost.
//
// Nothing is saved automatically: everyone would see a half-written name. A single choice is saved at once and needs no
// draft.
import { untrack } from "svelte";
import { Attempt } from "./attempt.svelte";

export class Draft<Values extends object> {
  values: Values = $state()!;
  private kept: Values = $state.raw()!;

  private readonly attempt: Attempt;
  isSaved = $state(false);

  isChanged = $derived(this.names.some((name) => this.values[name] !== this.kept[name]));

  /** Create it while a component is created: `source` returns the saved values, and is tracked. */
  constructor(source: () => Values) {
    this.kept = untrack(source);
    this.values = { ...this.kept };
    this.attempt = new Attempt(this.names);
    $effect(() => {
      const now = source();
      untrack(() => this.follow(now));
    });
  }

  get isBusy(): boolean {
    return this.attempt.isBusy;
  }

  get problem(): string {
    return this.attempt.problem;
  }

  get fields(): Record<string, string> {
    return this.attempt.fields;
  }

  reset(): void {
    this.values = { ...this.kept };
    this.attempt.forget();
  }

  /** Runs the action, which saves the values, and reports the result. */
  async save(action: (values: Values) => Promise<unknown>): Promise<void> {
    this.isSaved = false;
    const values = { ...this.values };
    await this.attempt.run(async () => {
      await action(values);
      this.kept = values;
      this.isSaved = true;
    });
  }

  /** Someone else saved other values meanwhile. */
  follow(now: Values): void {
    for (const name of this.names) if (this.values[name] === this.kept[name]) this.values[name] = now[name];
    this.kept = { ...now };
  }

  private get names(): (keyof Values & string)[] {
    return Object.keys(this.kept) as (keyof Values & string)[];
  }
}
