// The documents that are open in this tab, and those that are closed but have something left to send.
import type { Id } from "../api/types";
import type { Application } from "../store/application.svelte";
import { abandoned, remove, type Record } from "./keeping";
import { Paper } from "./paper.svelte";

export async function openPaper(app: Application, id: Id): Promise<Paper> {
  const known = app.documents.papers.get(id);
  if (known) {
    known.come();
    return known;
  }
  const left = (await abandoned(app.user!.id)).filter((record) => record.document === id);
  const paper = begin(app, id, left[0]);
  for (const record of left.slice(1)) begin(app, id, record).leave();
  return paper;
}

/** Sends what was left of earlier visits. */
export async function deliverAbandoned(app: Application): Promise<void> {
  for (const record of await abandoned(app.user!.id))
    if (!app.documents.papers.has(record.document)) begin(app, record.document, record).leave();
}

function begin(app: Application, id: Id, left: Record | undefined): Paper {
  const { papers } = app.documents;
  const paper = new Paper(id, app.user!.id, app.session.send, () => {
    if (papers.get(id) === paper) papers.delete(id);
  });
  if (!papers.has(id)) papers.set(id, paper);
  paper.start(left?.kept ?? null);
  if (left) void remove(left.key);
  return paper;
}
