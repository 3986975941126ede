// An action of the user that may fail: whether it is running, and the error of the last attempt.
import { Failure, sentenceOf } from "../api/failure";

export class Attempt {
  isBusy = $state(false);

  /** A sentence that says what to do; empty without an error, or if the error is shown at the fields. */
  problem = $state("");

  /** The errors of single fields, by name. */
  fields = $state<Record<string, string>>({});

  /** Continues a login that needs one more step; empty for all else. */
  challenge = "";

  /** With the names of the fields that show errors. */
  constructor(private readonly shows: readonly string[] | "all" = []) {}

  /** What was wrong the last time is settled. */
  forget(): void {
    this.problem = "";
    this.fields = {};
  }

  /** Answers whether it succeeded. */
  async run(action: () => Promise<unknown>): Promise<boolean> {
    this.isBusy = true;
    this.forget();
    let succeeded = true;
    try {
      await action();
    } catch (error) {
      succeeded = false;
      if (error instanceof Failure) ({ fields: this.fields, challenge: this.challenge } = error);
      const { shows } = this;
      const shown = shows === "all" ? Object.keys(this.fields) : shows.filter((name) => this.fields[name]);
      if (shown.length === 0) this.problem = sentenceOf(error);
    }
    this.isBusy = false;
    return succeeded;
  }
}
