// Takes files into what is to be sent from a channel, within the limits.
import type { Id } from "../api/types";
import type { Application } from "../store/application.svelte";
import { text } from "../text/texts";
import { MOST_BYTES, MOST_FILES, sizeInWords } from "./measure";

export function pick(app: Application, channel: Id, files: File[]): void {
  const picked = [...(app.uploads.picked.get(channel) ?? [])];
  let bytes = picked.reduce((sum, file) => sum + file.size, 0);
  for (const file of files) {
    if (picked.length >= MOST_FILES) {
      app.toasts.error(text.files.tooMany({ most: MOST_FILES }));
      break;
    }
    if (bytes + file.size > MOST_BYTES)
      app.toasts.error(text.files.tooLarge({ name: file.name, most: sizeInWords(MOST_BYTES) }));
    else {
      picked.push(file);
      bytes += file.size;
    }
  }
  app.uploads.picked.set(channel, picked);
}
