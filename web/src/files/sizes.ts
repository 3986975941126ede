// How a message's files are shown: their sizes, their addresses, and the space that they take.
import type { Attachment } from "../api/types";

/** The content of a message with only files: the server requires some, and this is invisible. */
export const NO_WORDS = "\u200b";

/** For people: 3.4 MB. */
export function sizeInWords(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** The path at which a browser finds the file of a record: files are below /api. */
export const fileAddress = (url: string): string => `/api${url}`;

const SHOWN = ["image/gif", "image/jpeg", "image/png", "image/webp"];
const COMMON = ["audio/flac", "audio/mpeg", "audio/ogg", "audio/webm", "video/mp4", "video/webm"];

const TEXTS = ["text/plain", "text/x-source"];

export const kindOf = ({ mime_type }: Pick<Attachment, "mime_type">) => mime_type.split("/")[0];
/** Of a type that every browser shows; others are files to save. */
export const isPicture = ({ mime_type }: Pick<Attachment, "mime_type">): boolean => SHOWN.includes(mime_type);
/** Of a type that every browser plays, so that only a damaged file fails. */
export const isCommon = ({ mime_type }: Pick<Attachment, "mime_type">): boolean => COMMON.includes(mime_type);
export const isPlayed = (attachment: Attachment): boolean => ["audio", "video"].includes(kindOf(attachment)!);

/** Shown as text, whatever it is: never as a page or a picture. */
export const isText = ({ mime_type }: Pick<Attachment, "mime_type">): boolean => TEXTS.includes(mime_type);

const WIDEST = 400;
const TALLEST = 320;

/** The space of a picture in the message list, in pixels: reserved before it is loaded. */
export function placeFor(width: number | null, height: number | null): { width: number; ratio: number } {
  if (!width || !height) return { width: WIDEST, ratio: 4 / 3 };
  const ratio = Math.min(Math.max(width / height, 0.4), 4);
  return { width: Math.round(Math.max(48, Math.min(width, WIDEST, TALLEST * ratio))), ratio };
}
