// What a file's name says of it: by custom, a name that begins so hides the file until somebody asks to see it.
const MARK = "SPOILER_";

const picked = new WeakMap<File, File>();

export const isSpoiler = (name: string): boolean => name.startsWith(MARK);

/** The name as people read it. */
export const shownName = (name: string): string => (isSpoiler(name) ? name.slice(MARK.length) : name);

/** The same file, hidden if it was not. */
export function toggled(file: File): File {
  const name = isSpoiler(file.name) ? shownName(file.name) : MARK + file.name;
  const made = new File([file], name, { type: file.type, lastModified: file.lastModified });
  picked.set(made, asPicked(file));
  return made;
}

/** The file that somebody picked, however often it was hidden and shown since. */
export const asPicked = (file: File): File => picked.get(file) ?? file;
