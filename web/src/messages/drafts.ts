// Drafts, stored for each channel of the user: in the browser's database, because local storage is written to disk only
// now and then, and loses the last input when the browser is killed.
import type { Answered, Id } from "../api/types";
import type { LocalDatabase } from "../store/local/database";

export class Drafts {
  private readonly held = new Map<Id, string>();

  constructor(
    private readonly local: Pick<LocalDatabase, "all" | "put" | "drop">,
    private readonly answering: Map<Id, Answered>,
  ) {}

  of(place: Id): string {
    return this.held.get(place) ?? "";
  }

  /** Together with the message that the draft replies to. */
  keep(place: Id, content: string): void {
    if (content) this.held.set(place, content);
    else this.held.delete(place);
    const { id, author_id } = this.answering.get(place) ?? {};
    const answers = id ? { id, author_id: author_id ?? null } : null;
    void (content
      ? this.local.put("drafts", { id: place, content, answers })
      : this.local.drop("drafts", place));
  }

  async recall(): Promise<void> {
    for (const { id, content, answers } of await this.local.all("drafts")) {
      this.held.set(id, content);
      if (answers) this.answering.set(id, answers);
    }
  }

  clear(): void {
    this.held.clear();
  }
}
