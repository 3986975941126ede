// The documents that are open in this tab, and those that are closed but have something left to send.
import type { Id } from "../api/types";
import type { Application } from "../store/application.svelte";
import { abandoned, remove } from "./keeping";
import { Paper } from "./paper.svelte";
import { lastRead } from "./reading";
import type { Left } from "./records";

export async function openPaper(app: Application, id: Id): Promise<Paper> {
  const known = app.documents.papers.get(id);
  if (known) {
    known.come();
    return known;
  }
  const left = (await abandonedBy(app)).filter((record) => record.document === id);
  const read = left.length ? null : await lastRead(app.user!.id, id);
  const paper = begin(app, id, left[0], read);
  for (const record of left.slice(1)) begin(app, id, record).leave();
  paper.come();
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

/** With what was left of an earlier visit, or else with what was read then. */
function begin(app: Application, id: Id, left: Left | undefined, read: Left | null = null): Paper {
  const { papers, all } = app.documents;
  const paper = new Paper(id, app.user!.id, app.session.send, () => {
    all.delete(paper);
    if (papers.get(id) === paper) papers.delete(id);
  });
  all.add(paper);
  if (!papers.has(id)) papers.set(id, paper);
  const known = (left ?? read)?.about.document;
  if (known) app.documents.recall([known]);
  if (read) paper.recall(read);
  paper.start(left ?? null, app.following.epoch);
  if (left) void remove(left.key);
  return paper;
}
