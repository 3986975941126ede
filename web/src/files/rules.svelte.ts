// Which files the server accepts, and why one that was picked cannot be sent: said before it is uploaded. What is not
// known yet refuses nothing, and the server has the last word, since it judges the content.
import type { Api } from "../api/api";
import { instance } from "../api/api";
import type { Instance } from "../api/types";
import { text } from "../text/texts";
import { sizeInWords } from "./sizes";

interface Rules {
  /** In bytes, of one file. */
  largest: number;
  most: number;
  /** The accepted types; null for all. */
  types: string[] | null;
  /** How many bytes the account can still store; null without a limit. */
  room: number | null;
}

/** What a form has around its file. */
const OVERHEAD = 1024;

export class FileRules {
  private current = $state.raw<Rules | null>(null);
  private files: Promise<Instance["files"]> | null = null;

  /** The types that a file may have; loaded where not all are accepted. */
  private typesOf: ((file: File) => string[]) | null = null;

  constructor(private readonly api: Pick<Api, "account">) {}

  /** Asks the server again, since what the account stores changes, and looks into the files that were picked. */
  async refresh(picked: File[] = []): Promise<void> {
    this.files ??= instance().then(({ files }) => files);
    try {
      const [files, { storage_used, limits }] = await Promise.all([this.files, this.api.account.usage()]);
      if (files.types) {
        const { guessedType, lookInto } = await import("./guessing");
        await lookInto(picked);
        this.typesOf = guessedType;
      }
      this.current = {
        largest: Math.min(files.file_limit, files.upload_limit - OVERHEAD),
        most: files.files_per_message,
        types: files.types,
        room: limits.storage_bytes === null ? null : Math.max(0, limits.storage_bytes - storage_used),
      };
    } catch {
      this.files = null; // offline: the server decides when it is there again
    }
  }

  /** Why some of the files of a message cannot be sent; the others can. */
  problems(files: File[]): Map<File, string> {
    const found = new Map<File, string>();
    let count = 0;
    let bytes = 0;
    for (const file of files) {
      const problem = this.problemOf(file, count, bytes);
      if (problem) found.set(file, problem);
      else {
        count += 1;
        bytes += file.size;
      }
    }
    return found;
  }

  private problemOf(file: File, count: number, bytes: number): string | null {
    if (!file.size) return text.files.problems.empty;
    if (!this.current) return null;
    const { largest, most, types, room } = this.current;
    if (file.size > largest) return text.files.problems.tooLarge({ most: sizeInWords(largest) });
    if (types && this.typesOf?.(file).some((type) => types.includes(type)) === false)
      return text.files.problems.type;
    if (count >= most) return text.files.problems.tooMany({ most });
    return room !== null && bytes + file.size > room ? text.files.problems.noRoom : null;
  }
}
