// The documents that are open in this tab, and those that are closed but have something left to send.
import type { Id } from "../api/types";
import type { Application } from "../store/application.svelte";
import { abandoned, remove, type Left } from "./keeping";
import { Paper } from "./paper.svelte";

export async function openPaper(app: Application, id: Id): Promise<Paper> {
  const known = app.documents.papers.get(id);
  if (known) {
    known.come();
    return known;
  }
  const left = (await abandonedBy(app)).filter((record) => record.document === id);
  const paper = begin(app, id, left[0]);
  for (const record of left.slice(1)) begin(app, id, record).leave();
  return paper;
}

/** Sends what was left of earlier visits. What belongs to a document that is open comes back to it by the server. */
export async function deliverAbandoned(app: Application): Promise<void> {
  for (const record of await abandonedBy(app)) begin(app, record.document, record).leave();
}

async function abandonedBy(app: Application): Promise<Left[]> {
  const user = app.user?.id;
  if (user === undefined) return [];
  const found = await abandoned(user, () => void deliverAbandoned(app));
  return app.user?.id === user ? found : [];
}

function begin(app: Application, id: Id, left: Left | undefined): Paper {
  const { papers, all } = app.documents;
  const paper = new Paper(id, app.user!.id, app.session.send, () => {
    all.delete(paper);
    if (papers.get(id) === paper) papers.delete(id);
  });
  all.add(paper);
  if (!papers.has(id)) papers.set(id, paper);
  paper.start(left ?? null, app.following.epoch);
  if (left) void remove(left.key);
  return paper;
}
