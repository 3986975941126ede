// Drafts, stored for each channel of the user: in the browser's database, because local storage is written to disk only
// now and then, and loses the last input when the browser is killed. The user's tabs show the same draft: what one
// writes appears in the others.
import { SvelteMap } from "svelte/reactivity";
import type { Answered, Id } from "../api/types";
import type { LocalDatabase, StoredDraft } from "../store/local/database";

export class Drafts {
  private readonly held = new SvelteMap<Id, string>();

  constructor(
    private readonly local: Pick<LocalDatabase, "all" | "put" | "drop">,
    private readonly answering: Map<Id, Answered>,
    /** Tells the other tabs; an empty text ends a draft. */
    private readonly announce: (draft: StoredDraft) => void,
  ) {}

  of(place: Id): string {
    return this.held.get(place) ?? "";
  }

  /** Together with the message that the draft replies to. */
  keep(place: Id, content: string): void {
    const { id, author_id } = this.answering.get(place) ?? {};
    const draft = { id: place, content, answers: id ? { id, author_id: author_id ?? null } : null };
    this.hold(draft);
    this.announce(draft);
    void (content ? this.local.put("drafts", draft) : this.local.drop("drafts", place));
  }

  /** Another tab wrote it. */
  receive(draft: StoredDraft): void {
    this.hold(draft);
    if (draft.answers) this.answering.set(draft.id, draft.answers);
    else this.answering.delete(draft.id);
  }

  async recall(): Promise<void> {
    for (const draft of await this.local.all("drafts")) {
      this.hold(draft);
      if (draft.answers) this.answering.set(draft.id, draft.answers);
    }
  }

  clear(): void {
    this.held.clear();
  }

  private hold({ id, content }: Pick<StoredDraft, "id" | "content">): void {
    if (content) this.held.set(id, content);
    else this.held.delete(id);
  }
}
