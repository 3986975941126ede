// What a file's name says about it: by convention, this prefix hides the file until the user reveals it.
const MARK = "SPOILER_";

const picked = new WeakMap<File, File>();

export const isSpoiler = (name: string): boolean => name.startsWith(MARK);

/** The name without the prefix. */
export const shownName = (name: string): string => (isSpoiler(name) ? name.slice(MARK.length) : name);

/** The same file, hidden or no longer hidden. */
export function toggled(file: File): File {
  const name = isSpoiler(file.name) ? shownName(file.name) : MARK + file.name;
  const made = new File([file], name, { type: file.type, lastModified: file.lastModified });
  picked.set(made, asPicked(file));
  return made;
}

/** The file that the user picked, however often it was hidden and shown since. */
export const asPicked = (file: File): File => picked.get(file) ?? file;
