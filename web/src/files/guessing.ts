// What type the server will take a file for, as far as its name and its beginning show.
import { asPicked } from "./spoilers";

const OFFICE = "application/vnd.openxmlformats-officedocument.";
const OPEN = "application/vnd.oasis.opendocument.";
const TYPES: Record<string, string> = {
  docx: `${OFFICE}wordprocessingml.document`,
  epub: "application/epub+zip",
  flac: "audio/flac",
  gif: "image/gif",
  heic: "image/heic",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  m4a: "audio/mp4",
  mov: "video/quicktime",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  odp: `${OPEN}presentation`,
  ods: `${OPEN}spreadsheet`,
  odt: `${OPEN}text`,
  ogg: "audio/ogg",
  opus: "audio/ogg",
  pdf: "application/pdf",
  png: "image/png",
  pptx: `${OFFICE}presentationml.presentation`,
  wav: "audio/wav",
  webp: "image/webp",
  xlsx: `${OFFICE}spreadsheetml.sheet`,
  zip: "application/zip",
};
const TEXTS = ["text/plain", "text/x-source"];
const OTHER = ["application/octet-stream", "application/x-ole-storage"];
const HEAD_BYTES = 4096;
const looksLikeText = new WeakMap<File, boolean>();

/** Reads the beginnings of files whose endings say nothing. */
export async function lookInto(files: File[]): Promise<void> {
  await Promise.all(
    files.map(async (file) => {
      if (endingOf(file) in TYPES || endingOf(file) === "webm") return;
      const head = await file.slice(0, HEAD_BYTES).arrayBuffer();
      looksLikeText.set(file, isText(head));
    }),
  );
}

/** The types that are possible. */
export function guessedType(file: File): string[] {
  const ending = endingOf(file);
  if (ending === "webm") return ["video/webm", "audio/webm"];
  if (ending in TYPES) return [TYPES[ending]!];
  const isTextual = looksLikeText.get(asPicked(file));
  return isTextual === undefined ? [...TEXTS, ...OTHER] : isTextual ? TEXTS : OTHER;
}

export function isText(head: ArrayBuffer): boolean {
  try {
    // Streaming, so that the last character may be cut.
    const read = new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return !/[\x00-\x06\x0e-\x1a\x1c-\x1f]/.test(read);
  } catch {
    return false;
  }
}

const endingOf = ({ name }: File) => name.slice(name.lastIndexOf(".") + 1).toLowerCase();
