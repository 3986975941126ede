// Adds files to what will be sent to a channel, within the limits.
import type { Id } from "../api/types";
import type { Needs } from "./context";
import { text } from "../text/texts";
import { MOST_BYTES, MOST_FILES, sizeInWords } from "./sizes";

export function pick(app: Needs, channel: Id, files: File[]): void {
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
