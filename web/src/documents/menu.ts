// The actions for a document, as entries of a menu.
import { Archive, ArchiveRestore, History, PencilLine, Pin, PinOff, Trash2 } from "@lucide/svelte";
import type { Document, DocumentChange } from "../api/documents";
import type { Place } from "../api/types";
import { later } from "../text/texts";
import type { MenuEntry } from "../ui/menu";
import { mayDelete, mayManage } from "./permissions";
import type { Session } from "../store/session.svelte";
import type { Api } from "../api/api";
import type { Toasts } from "../ui/toasts.svelte";
import type { Access } from "../community/access";
import type { Documents } from "./documents.svelte";

export interface Needs {
  session: Session;
  api: Api;
  toasts: Toasts;
  access: Access;
  documents: Documents;
}

export type DocumentDialog = "rename" | "delete" | "history";

export function entriesOf(
  needs: Needs,
  place: Place,
  document: Document,
  open: (dialog: DocumentDialog) => void,
): MenuEntry[] {
  const words = later.documents;
  const change = (body: DocumentChange) => () =>
    void changeDocument(needs, document, body).catch(needs.toasts.report);
  const entries: MenuEntry[] = [
    { kind: "action", label: words.history.open, icon: History, act: () => open("history") },
  ];
  if (mayManage(needs, place, document)) {
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
  if (mayDelete(needs, place, document)) {
    const act = () => open("delete");
    entries.push({ kind: "action", label: words.delete, icon: Trash2, isDangerous: true, act });
  }
  return entries;
}

export async function changeDocument(
  needs: Pick<Needs, "api" | "documents">,
  { id }: Document,
  body: DocumentChange,
): Promise<void> {
  needs.documents.put(await needs.api.documents.change(id, body));
}
