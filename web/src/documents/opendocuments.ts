// The documents that are open in this tab, and closed ones that have something left to send.
import type { Id } from "../api/types";
import type { Following } from "../store/following";
import type { Session } from "../store/session.svelte";
import { makeKey } from "../store/identity";
import type { Documents } from "./documents.svelte";
import { abandoned, take } from "./keeping";
import { OpenDocument } from "./opendocument.svelte";
import { lastRead } from "./reading";

interface Needs {
  session: Session;
  following: Following;
  documents: Documents;
}

/** What earlier visits left is taken over by one call at a time, so only once. */
let turn: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const own = turn.then(work);
  turn = own.catch(() => undefined);
  return own;
}

/** With what an earlier visit left unsent, or else with the text that it read. */
export function acquireDocument(app: Needs, id: Id): Promise<OpenDocument> {
  const known = app.documents.openDocuments.get(id);
  if (known) {
    known.attach();
    return Promise.resolve(known);
  }
  return inTurn(async () => {
    await takeAbandoned(app, id);
    const openDocument = app.documents.openDocuments.get(id) ?? (await reopened(app, id));
    openDocument.attach();
    return openDocument;
  });
}

/** Sends what earlier visits left. Edits of a document that is open come back to it through the server. */
export function deliverAbandoned(app: Needs): Promise<void> {
  return inTurn(() => takeAbandoned(app));
}

async function takeAbandoned(app: Needs, only?: Id): Promise<void> {
  const user = app.session.user?.id;
  if (user === undefined) return;
  for (const record of await abandoned(user, () => void deliverAbandoned(app))) {
    const { document } = record;
    if (only !== undefined && document !== only) continue;
    const peer = newPeer(user);
    const left = app.session.user?.id === user ? await take(record, { user, document, peer }) : null;
    if (!left) continue;
    const openDocument = begin(app, document, peer);
    if (left.about.document) app.documents.recall([left.about.document]);
    openDocument.start(left, app.following.epoch);
    openDocument.detach();
  }
}

async function reopened(app: Needs, id: Id): Promise<OpenDocument> {
  const user = app.session.user!.id;
  const read = await lastRead(user, id);
  const openDocument = begin(app, id, newPeer(user));
  if (read?.about.document) app.documents.recall([read.about.document]);
  if (read) openDocument.recall(read);
  openDocument.start(null, app.following.epoch);
  return openDocument;
}

/** At most 49 bytes, and unique. */
const newPeer = (user: Id): string => `${user}.${makeKey().slice(0, 12)}`;

function begin(app: Needs, id: Id, peer: string): OpenDocument {
  const { openDocuments, all } = app.documents;
  const openDocument = new OpenDocument(
    { user: app.session.user!.id, document: id, peer },
    app.session.send,
    () => {
      all.delete(openDocument);
      if (openDocuments.get(id) === openDocument) openDocuments.delete(id);
    },
  );
  all.add(openDocument);
  if (!openDocuments.has(id)) openDocuments.set(id, openDocument);
  return openDocument;
}
