// The texts that were read last, for reading offline, and to show before the server responds: every record says what
// the server had, even records of closed copies or of another tab's copy. For one document the newest record is used;
// of many documents, those read last are kept.
import type { Document } from "../api/documents";
import type { Id } from "../api/types";
import { wroteDocuments } from "../store/local/documents";
import { everything, recalled, type Left, type Stored } from "./records";

const MOST_DOCUMENTS = 50;
const MOST_CHARACTERS = 8_000_000;

/** What the server last had of a document; null if nothing is stored. */
export async function lastRead(user: Id, document: Id): Promise<Left | null> {
  for (const record of (await readBy(user)).filter((each) => each.document === document)) {
    const found = await recalled(record).catch(() => null);
    if (found) return found;
  }
  return null;
}

/** The documents of a channel or conversation whose texts are stored. */
export async function readIn(user: Id, place: Id): Promise<Document[]> {
  const known = (await readBy(user)).flatMap(({ about }) => about.document ?? []);
  return known.filter((each, index) => each.channel_id === place && isFirst(known, each, index));
}

const isFirst = (all: Document[], { id }: Document, index: number): boolean =>
  all.findIndex((each) => each.id === id) === index;

/** Newest first. A readable record says to which epoch its text belonged. */
async function readBy(user: Id): Promise<Stored[]> {
  if (!(await wroteDocuments())) return [];
  const all = await everything().catch(() => []);
  return newestFirst(all).filter(
    ({ user: owner, since, about }) => owner === user && since.base !== undefined && about.epoch !== null,
  );
}

const newestFirst = (all: Stored[]): Stored[] =>
  [...all].sort((a, b) => (b.readAt ?? 0) - (a.readAt ?? 0) || b.savedAt - a.savedAt);

/** Deletes what exceeds the limits. */
export async function tidy(): Promise<void> {
  await everything(tooMuch).catch(() => undefined);
}

/** Deletes what the user can no longer view: documents in channels and conversations that are not open to them. */
export async function retain(isOpen: (place: Id) => boolean): Promise<void> {
  const isLost = ({ about }: Stored) => about.document && !isOpen(about.document.channel_id);
  await everything((all) => all.filter((each) => each.isRead && isLost(each))).catch(() => undefined);
}

/** Deletes a document that no longer exists. */
export async function forgetRead(document: Id): Promise<void> {
  await everything((all) => all.filter((each) => each.isRead && each.document === document)).catch(
    () => undefined,
  );
}

/** Records without unsent edits that are older than another copy of the same document, or beyond the storage limits. */
export function tooMuch(all: Stored[]): Stored[] {
  const documents = new Set<string>();
  let characters = 0;
  return newestFirst(all.filter(({ isRead }) => isRead)).filter(({ user, document, length }) => {
    const name = `${user}/${document}`;
    if (documents.has(name)) return true;
    characters += length ?? 0;
    if (documents.size >= MOST_DOCUMENTS || characters > MOST_CHARACTERS) return true;
    documents.add(name);
    return false;
  });
}
