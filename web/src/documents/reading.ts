// The texts that were read last, for when there is no network, and to begin with before it answers: what every record
// says the server knew, be it of a copy that is gone or of one that another tab holds. The newest of a document counts,
// and of many documents those that were looked at last.
import type { Document } from "../api/documents";
import type { Id } from "../api/types";
import { wroteDocuments } from "../store/drafts";
import { everything, recalled, type Left, type Stored } from "./records";

const MOST_DOCUMENTS = 50;
const MOST_CHARACTERS = 8_000_000;

/** What the server was last seen to have of a document; null if nothing is kept. */
export async function lastRead(user: Id, document: Id): Promise<Left | null> {
  for (const record of (await readBy(user)).filter((each) => each.document === document)) {
    const found = await recalled(record).catch(() => null);
    if (found) return found;
  }
  return null;
}

/** The documents of a channel or conversation whose texts are kept. */
export async function readIn(user: Id, place: Id): Promise<Document[]> {
  const known = (await readBy(user)).flatMap(({ about }) => about.document ?? []);
  return known.filter((each, index) => each.channel_id === place && isFirst(known, each, index));
}

const isFirst = (all: Document[], { id }: Document, index: number): boolean =>
  all.findIndex((each) => each.id === id) === index;

/** Newest first. In which life of the history its text was, a record that can be read says. */
async function readBy(user: Id): Promise<Stored[]> {
  if (!(await wroteDocuments())) return [];
  const all = await everything().catch(() => []);
  return newestFirst(all).filter(
    ({ user: owner, since, about }) => owner === user && since.base !== undefined && about.epoch !== null,
  );
}

const newestFirst = (all: Stored[]): Stored[] =>
  [...all].sort((a, b) => (b.readAt ?? 0) - (a.readAt ?? 0) || b.savedAt - a.savedAt);

/** Throws away what is too much. */
export async function tidy(): Promise<void> {
  await everything(tooMuch).catch(() => undefined);
}

/** Throws away what may be seen no longer: what is in a channel or conversation that is not open to the person. */
export async function retain(isOpen: (place: Id) => boolean): Promise<void> {
  const isLost = ({ about }: Stored) => about.document && !isOpen(about.document.channel_id);
  await everything((all) => all.filter((each) => each.isRead && isLost(each))).catch(() => undefined);
}

/** Throws away a document that is gone. */
export async function forgetRead(document: Id): Promise<void> {
  await everything((all) => all.filter((each) => each.isRead && each.document === document)).catch(
    () => undefined,
  );
}

/** What was only read and is older than another copy of it, or than so much that nothing more is to be kept. */
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
