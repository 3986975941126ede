// A small but correct server of one text, as the merge type's protocol requires: it keeps every character with the edit
// that inserted it and those that deleted it, accepts an edit from any version that it has ever known, and sends each
// follower the changes since exactly that follower's version.
import type { Update } from "../../src/documents/braid";
import type { Patch } from "../../src/documents/points";
import type { Edit } from "../../src/documents/replica";

interface Character {
  point: string;
  made: number;
  gone: Set<number>;
}

type Known = ReadonlySet<number>;

export interface Follower {
  version: string[];
  known: Known;
  tell: (update: Update) => void;
}

export class ModelServer {
  private characters: Character[] = [];
  private versions = new Map<string, Known>([["root-0", new Set<number>()]]);
  private heads: string[] = ["root-0"];
  private edits = 0;
  readonly followers = new Set<Follower>();

  get text(): string {
    return this.at(this.all);
  }

  /** Returns a function that restores the present state; after that, nobody follows any more. */
  backup(): () => void {
    const { characters, versions, heads, edits } = this;
    const kept = structuredClone({ characters, versions, heads, edits });
    return () => {
      Object.assign(this, structuredClone(kept));
      this.followers.clear();
    };
  }

  /** Returns the frontier after it, or null for an edit from an unknown version. */
  put(edit: Edit, writer: Follower | null): string[] | null {
    if (!this.versions.has(edit.version)) {
      const before = this.knownOf(edit.parents);
      if (!before) return null;
      this.apply(edit.patches, before, this.edits);
      this.versions.set(edit.version, new Set([...before, this.edits]));
      this.edits += 1;
      const behind = (head: string) => [...this.versions.get(head)!].every((each) => before.has(each));
      this.heads = [...this.heads.filter((head) => !behind(head)), edit.version].sort();
      if (writer && this.followers.has(writer)) this.move(writer, [edit.version]);
    }
    for (const follower of this.followers) this.tell(follower);
    return this.heads;
  }

  /** From the beginning, or from a version; it waits for an unknown one. */
  follow(parents: string[] | null, tell: (update: Update) => void): Follower {
    const follower: Follower = { version: parents ?? this.heads, known: this.all, tell };
    this.followers.add(follower);
    if (parents === null) tell({ version: this.heads, parents: [], body: this.text, patches: [] });
    else follower.known = this.knownOf(parents) ?? new Set([-1]);
    this.tell(follower);
    return follower;
  }

  private tell(follower: Follower): void {
    if (follower.known.has(-1)) {
      const known = this.knownOf(follower.version);
      if (!known) return;
      follower.known = known;
    }
    if (follower.known.size === this.all.size) return;
    const patches = this.between(follower.known).map(({ from, to, text }) => ({
      range: `text [${from}:${to}]`,
      text,
    }));
    follower.tell({ version: this.heads, parents: follower.version, body: null, patches });
    this.move(follower, this.heads);
  }

  private move(follower: Follower, version: string[]): void {
    follower.version = version;
    follower.known = this.knownOf(version)!;
  }

  private get all(): Known {
    return new Set(Array.from({ length: this.edits }, (_, index) => index));
  }

  private knownOf(version: string[]): Known | null {
    const each = version.map((id) => this.versions.get(id));
    return each.includes(undefined) ? null : new Set(each.flatMap((known) => [...known!]));
  }

  private at(known: Known): string {
    return this.characters
      .filter((each) => isThere(each, known))
      .map(({ point }) => point)
      .join("");
  }

  private apply(patches: Patch[], before: Known, edit: number): void {
    for (const { from, to, text } of [...patches].reverse()) {
      const seen = this.characters.filter((each) => isThere(each, before));
      if (to > seen.length) throw new Error("out of the text");
      for (const each of seen.slice(from, to)) each.gone.add(edit);
      const place = from === 0 ? 0 : this.characters.indexOf(seen[from - 1]!) + 1;
      const made = [...text].map((point) => ({ point, made: edit, gone: new Set<number>() }));
      this.characters.splice(place, 0, ...made);
    }
  }

  private between(known: Known): Patch[] {
    const patches: Patch[] = [];
    let at = 0;
    const all = this.all;
    for (const each of this.characters) {
      const [was, is] = [isThere(each, known), isThere(each, all)];
      if (was !== is) {
        const last = patches.at(-1);
        const patch = last?.to === at ? last : { from: at, to: at, text: "" };
        if (patch !== last) patches.push(patch);
        if (was) patch.to += 1;
        else patch.text += each.point;
      }
      if (was) at += 1;
    }
    return patches;
  }
}

const isThere = ({ made, gone }: Character, known: Known): boolean =>
  known.has(made) && ![...gone].some((edit) => known.has(edit));
