// Something that a person asked for, and that may fail: whether it is under way, and what was wrong the last time.
import { Failure, sentenceOf } from "../api/failure";

export class Attempt {
  isBusy = $state(false);

  /** A sentence that says what to do; empty if nothing was wrong, or if it stands at the fields. */
  problem = $state("");

  /** What was wrong with what stands in single fields, by their names. */
  fields = $state<Record<string, string>>({});

  /** With the names of the fields at which problems are shown. */
  constructor(private readonly shows: readonly string[] | "all" = []) {}

  /** Answers whether it succeeded. */
  async run(deed: () => Promise<unknown>): Promise<boolean> {
    this.isBusy = true;
    this.problem = "";
    this.fields = {};
    let succeeded = true;
    try {
      await deed();
    } catch (error) {
      succeeded = false;
      if (error instanceof Failure) this.fields = error.fields;
      const { shows } = this;
      const shown = shows === "all" ? Object.keys(this.fields) : shows.filter((name) => this.fields[name]);
      if (shown.length === 0) this.problem = sentenceOf(error);
    }
    this.isBusy = false;
    return succeeded;
  }
}
