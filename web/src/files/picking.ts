// Adds files to what will be sent to a channel. What cannot be sent is added too, and says why.
import type { Id } from "../api/types";
import { text } from "../text/texts";
import type { Needs } from "./context";
import { lookInto } from "./guessing";

export interface Dropped {
  files: File[];
  /** The names of folders, which cannot be sent. */
  folders: string[];
}

/** What was dropped or pasted. */
export function droppedIn(transfer: DataTransfer | null): Dropped {
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === "file");
  const entries = items.map((item) => ({ file: item.getAsFile(), entry: item.webkitGetAsEntry() }));
  return {
    files: entries.flatMap(({ file, entry }) => (file && !entry?.isDirectory ? [file] : [])),
    folders: entries.flatMap(({ entry }) => (entry?.isDirectory ? [entry.name] : [])),
  };
}

export async function pick(app: Needs, channel: Id, { files, folders }: Dropped): Promise<void> {
  for (const name of folders) app.toasts.error(text.files.folder({ name }));
  if (!files.length) return;
  app.uploads.picked.set(channel, [...(app.uploads.picked.get(channel) ?? []), ...files]);
  await lookInto(files);
  await app.fileRules.refresh();
}
