// What kind of file a media type is, for its icon and label; null if that is unknown.
import { BookOpen, File, FileArchive, FileHeadphone, FileImage, FilePlay } from "@lucide/svelte";
import { FileSpreadsheet, FileText, Presentation } from "@lucide/svelte";

export type FileKind = keyof typeof ICONS;

const ICONS = {
  archive: FileArchive,
  audio: FileHeadphone,
  book: BookOpen,
  document: FileText,
  picture: FileImage,
  presentation: Presentation,
  spreadsheet: FileSpreadsheet,
  text: FileText,
  video: FilePlay,
};

const KINDS: Record<string, FileKind> = {
  "application/epub+zip": "book",
  "application/pdf": "document",
  "application/vnd.oasis.opendocument.presentation": "presentation",
  "application/vnd.oasis.opendocument.spreadsheet": "spreadsheet",
  "application/vnd.oasis.opendocument.text": "document",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "presentation",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "spreadsheet",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "document",
  "application/zip": "archive",
  "text/plain": "text",
};
const FAMILIES: Record<string, FileKind> = { audio: "audio", image: "picture", video: "video" };

export const fileKindOf = (mime: string): FileKind | null =>
  KINDS[mime] ?? FAMILIES[mime.split("/")[0]!] ?? null;

export const iconOf = (mime: string) => {
  const kind = fileKindOf(mime);
  return kind ? ICONS[kind] : File;
};
