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
export function acquireDocument(needs: Needs, id: Id): Promise<OpenDocument> {
  const known = needs.documents.openDocuments.get(id);
  if (known) {
    known.attach();
    return Promise.resolve(known);
  }
  return inTurn(async () => {
    await takeAbandoned(needs, id);
    const openDocument = needs.documents.openDocuments.get(id) ?? (await reopened(needs, id));
    openDocument.attach();
    return openDocument;
  });
}

/** Sends what earlier visits left. Edits of a document that is open come back to it through the server. */
export function deliverAbandoned(needs: Needs): Promise<void> {
  return inTurn(() => takeAbandoned(needs));
}

async function takeAbandoned(needs: Needs, only?: Id): Promise<void> {
  const user = needs.session.user?.id;
  if (user === undefined) return;
  for (const record of await abandoned(user, () => void deliverAbandoned(needs))) {
    const { document } = record;
    if (only !== undefined && document !== only) continue;
    const peer = newPeer(user);
    const left = needs.session.user?.id === user ? await take(record, { user, document, peer }) : null;
    if (!left) continue;
    const openDocument = begin(needs, document, peer);
    if (left.about.document) needs.documents.recall([left.about.document]);
    openDocument.start(left, needs.following.epoch);
    openDocument.detach();
  }
}

async function reopened(needs: Needs, id: Id): Promise<OpenDocument> {
  const user = needs.session.user!.id;
  const read = await lastRead(user, id);
  const openDocument = begin(needs, id, newPeer(user));
  if (read?.about.document) needs.documents.recall([read.about.document]);
  if (read) openDocument.recall(read);
  openDocument.start(null, needs.following.epoch);
  return openDocument;
}

/** At most 49 bytes, and unique. */
const newPeer = (user: Id): string => `${user}.${makeKey().slice(0, 12)}`;

function begin(needs: Needs, id: Id, peer: string): OpenDocument {
  const { openDocuments, all } = needs.documents;
  const openDocument = new OpenDocument(
    { user: needs.session.user!.id, document: id, peer },
    needs.session.send,
    () => {
      all.delete(openDocument);
      if (openDocuments.get(id) === openDocument) openDocuments.delete(id);
    },
  );
  all.add(openDocument);
  if (!openDocuments.has(id)) openDocuments.set(id, openDocument);
  return openDocument;
}
