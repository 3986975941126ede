// The documents that are open in this tab, and those that are closed but have something left to send.
import type { Id } from "../api/types";
import { makeKey } from "../store/identity";
import type { Application } from "../store/application.svelte";
import { abandoned, take } from "./keeping";
import { Paper } from "./paper.svelte";
import { lastRead } from "./reading";

/** What an earlier visit left is taken by one after another, so by one. */
let turn: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const own = turn.then(work);
  turn = own.catch(() => undefined);
  return own;
}

/** With what an earlier visit left unsent, or else with what was read then. */
export function openPaper(app: Application, id: Id): Promise<Paper> {
  const known = app.documents.papers.get(id);
  if (known) {
    known.come();
    return Promise.resolve(known);
  }
  return inTurn(async () => {
    await takeAbandoned(app, id);
    const paper = app.documents.papers.get(id) ?? (await reopened(app, id));
    paper.come();
    return paper;
  });
}

/** Sends what was left of earlier visits. What belongs to a document that is open comes back to it by the server. */
export function deliverAbandoned(app: Application): Promise<void> {
  return inTurn(() => takeAbandoned(app));
}

async function takeAbandoned(app: Application, only?: Id): Promise<void> {
  const user = app.user?.id;
  if (user === undefined) return;
  for (const record of await abandoned(user, () => void deliverAbandoned(app))) {
    const { document } = record;
    if (only !== undefined && document !== only) continue;
    const peer = newPeer(user);
    const left = app.user?.id === user ? await take(record, { user, document, peer }) : null;
    if (!left) continue;
    const paper = begin(app, document, peer);
    if (left.about.document) app.documents.recall([left.about.document]);
    paper.start(left, app.following.epoch);
    paper.leave();
  }
}

async function reopened(app: Application, id: Id): Promise<Paper> {
  const user = app.user!.id;
  const read = await lastRead(user, id);
  const paper = begin(app, id, newPeer(user));
  if (read?.about.document) app.documents.recall([read.about.document]);
  if (read) paper.recall(read);
  paper.start(null, app.following.epoch);
  return paper;
}

/** At most 49 bytes, and never used by anybody else. */
const newPeer = (user: Id): string => `${user}.${makeKey().slice(0, 12)}`;

function begin(app: Application, id: Id, peer: string): Paper {
  const { papers, all } = app.documents;
  const paper = new Paper({ user: app.user!.id, document: id, peer }, app.session.send, () => {
    all.delete(paper);
    if (papers.get(id) === paper) papers.delete(id);
  });
  all.add(paper);
  if (!papers.has(id)) papers.set(id, paper);
  return paper;
}
