// What a message may carry, and how sizes are written. The server decides; this spares a vain upload.
import type { Attachment } from "../api/types";

export const MOST_FILES = 10;
export const MOST_BYTES = 50 * 1024 * 1024;

/** The content of a message that is only files: the server asks for some, and this shows nothing. */
export const NO_WORDS = "\u200b";

/** As people say it: 3.4 MB. */
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

/** Where a browser finds what a record names: files are below /api. */
export const fileAddress = (url: string): string => `/api${url}`;

export const kindOf = ({ mime_type }: Pick<Attachment, "mime_type">) => mime_type.split("/")[0];
export const isPicture = (attachment: Attachment): boolean => kindOf(attachment) === "image";
export const isPlayed = (attachment: Attachment): boolean => ["audio", "video"].includes(kindOf(attachment)!);

const WIDEST = 400;
const TALLEST = 320;

/** The place that a picture takes among the messages, in pixels: reserved before it is there. */
export function placeFor(width: number | null, height: number | null): { width: number; ratio: number } {
  if (!width || !height) return { width: WIDEST, ratio: 4 / 3 };
  const ratio = Math.min(Math.max(width / height, 0.4), 4);
  return { width: Math.round(Math.max(48, Math.min(width, WIDEST, TALLEST * ratio))), ratio };
}
