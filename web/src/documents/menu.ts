// The actions for a document, as entries of a menu.
import { Archive, ArchiveRestore, History, PencilLine, Pin, PinOff, Trash2 } from "@lucide/svelte";
import type { Document, DocumentChange } from "../api/documents";
import type { Place } from "../api/types";
import type { Needs } from "./context";
import { later } from "../text/texts";
import type { MenuEntry } from "../ui/menu";
import { mayDelete, mayManage } from "./permissions";

export type DocumentDialog = "rename" | "delete" | "history";

export function entriesOf(
  app: Needs,
  place: Place,
  document: Document,
  open: (dialog: DocumentDialog) => void,
): MenuEntry[] {
  const words = later.documents;
  const change = (body: DocumentChange) => () => void changeDocument(app, document, body).catch(app.report);
  const entries: MenuEntry[] = [
    { kind: "action", label: words.history.open, icon: History, act: () => open("history") },
  ];
  if (mayManage(app, place, document)) {
    entries.push({ kind: "line" });
    entries.push({ kind: "action", label: words.rename, icon: PencilLine, act: () => open("rename") });
    if (document.is_pinned)
      entries.push({ kind: "action", label: words.unpin, icon: PinOff, act: change({ is_pinned: false }) });
    else if (!document.is_archived)
      entries.push({ kind: "action", label: words.pin, icon: Pin, act: change({ is_pinned: true }) });
    entries.push(
      document.is_archived
        ? { kind: "action", label: words.restore, icon: ArchiveRestore, act: change({ is_archived: false }) }
        : { kind: "action", label: words.archive, icon: Archive, act: change({ is_archived: true }) },
    );
  }
  if (mayDelete(app, place, document)) {
    const act = () => open("delete");
    entries.push({ kind: "action", label: words.delete, icon: Trash2, isDangerous: true, act });
  }
  return entries;
}

export async function changeDocument(app: Needs, { id }: Document, body: DocumentChange): Promise<void> {
  app.documents.put(await app.api.documents.change(id, body));
}
