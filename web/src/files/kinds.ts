// What kind of file this is, for its icon and label, by its media type; for the many types that the server does not
// recognize, by the name's ending. Null if that is unknown.
import { BookOpen, File, FileArchive, FileHeadphone, FileImage, FilePlay } from "@lucide/svelte";
import { FileSpreadsheet, FileText, Presentation } from "@lucide/svelte";

export type FileKind = keyof typeof ICONS;

const ICONS = {
  archive: FileArchive,
  audio: FileHeadphone,
  book: BookOpen,
  document: FileText,
  heic: FileImage,
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
  "image/heic": "heic",
};
const FAMILIES: Record<string, FileKind> = { audio: "audio", image: "picture", text: "text", video: "video" };
const ENDINGS: Partial<Record<FileKind, string[]>> = {
  archive: ["7z", "bz2", "gz", "rar", "tar", "tgz", "xz", "zip", "zst"],
  audio: ["aiff", "mid", "wma"],
  document: ["doc", "pages", "ps", "rtf"],
  picture: ["avif", "bmp", "ico", "jxl", "psd", "svg", "tif", "tiff"],
  presentation: ["key", "ppt"],
  spreadsheet: ["numbers", "xls"],
  video: ["avi", "mkv", "wmv"],
};

export function fileKindOf(mime: string, name: string): FileKind | null {
  const known = KINDS[mime] ?? FAMILIES[mime.split("/")[0]!];
  if (known) return known;
  const endings = name.toLowerCase().split(".").slice(1);
  // A name that systems would execute got a second ending: letter.doc.bin.
  const ending = (endings.at(-1) === "bin" && endings.at(-2)) || endings.at(-1) || "";
  const kinds = Object.keys(ENDINGS) as FileKind[];
  return kinds.find((kind) => ENDINGS[kind]!.includes(ending)) ?? null;
}

export const iconOf = (kind: FileKind | null) => (kind ? ICONS[kind] : File);
