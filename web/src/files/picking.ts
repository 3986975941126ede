// Adds files to what will be sent to a channel. What cannot be sent is added too, and says why.
import type { Id } from "../api/types";
import { text } from "../text/texts";
import type { Toasts } from "../ui/toasts.svelte";
import type { Uploads } from "./uploads.svelte";
import type { FileRules } from "./rules.svelte";

export interface Needs {
  toasts: Toasts;
  uploads: Uploads;
  fileRules: FileRules;
}

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

export async function pick(needs: Needs, channel: Id, { files, folders }: Dropped): Promise<void> {
  for (const name of folders) needs.toasts.error(text.files.folder({ name }));
  if (!files.length) return;
  needs.uploads.picked.set(channel, [...(needs.uploads.picked.get(channel) ?? []), ...files]);
  await needs.fileRules.refresh(files);
}
