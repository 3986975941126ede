// One copy of a document's text, as the merge type "simpleton" wants it: one version, one text, no history.
//
// The text that is shown is `shadow`, changed by what was written since the last edit was sealed. A sealed edit has its
// version for ever, so sending it again is harmless; the copy counts it as its own version from that moment. An update
// is taken only if its parents are exactly that version; whatever else comes was meant for where this copy no longer
// stands, and the server sends it again in other words. What is not sealed yet gives way to an update, so all copies
// agree without the server and a copy ever merging the same thing in two ways.
import { presentableDiff } from "@codemirror/merge";
import { ChangeSet, type Text } from "@codemirror/state";
import { makeKey } from "../store/identity";
import type { Update } from "./braid";
import { textPatch } from "./braid";
import { changesOf, contentOf, patchesOf, sizeOf, textOf, type Patch } from "./points";

/** An edit that has its version: what it says never changes. */
export interface Edit {
  version: string;
  parents: string[];
  patches: Patch[];
}

/** What a copy is kept over: stored once and for a while, however often what changed since then is stored. */
export interface Origin {
  id: string;
  text: Text;
}

/** What changed since the origin: until the text that the server surely knew, and what was written since. */
export interface Since {
  version: string[];

  /** What the text that the server knew is called; missing in what an earlier version kept. */
  base?: string[] | undefined;
  known: unknown;
  written: unknown;
  pending: unknown;
  sealed: Edit[];
  agent: string;
  seq: number;
}

/** A copy as it is kept in the browser. */
export interface Kept extends Since {
  origin: string;
}

/** After so many steps what leads on from the origin is no longer small. */
const MOST_STEPS = 200;

/** Beyond that the differences of two texts are told roughly, as what is between their common beginning and end. */
const SCAN_LIMIT = 1_000;
const PATIENCE_MS = 200;

export class Replica {
  /** What of the text was sealed, in its order, and is not acknowledged. */
  readonly sealed: Edit[] = [];
  private seq = -1;
  private steps = 0;
  private known: ChangeSet;

  /** What `base` is called; null where an earlier version kept it without its name. */
  private baseVersion: string[] | null;

  private constructor(
    private agent: string,
    public version: string[],
    public base: Text,
    /** From `base` to the text at `version`. */
    private written: ChangeSet,
    private pending: ChangeSet,
    public origin: Origin = { id: makeKey(), text: base },
  ) {
    this.known = ChangeSet.empty(base.length);
    this.baseVersion = version;
  }

  static begin(agent: string, version: string[], content: string): Replica {
    const base = textOf(content);
    const nothing = ChangeSet.empty(base.length);
    return new Replica(agent, [...version].sort(), base, nothing, nothing);
  }

  /**
   * Goes on with what another tab or an earlier visit left. What it had not sealed is sealed now, as it would have been
   * there: should both send it, it is the same edit. From now on this copy speaks as `agent`.
   */
  static resume(kept: Kept, agent: string): Replica {
    const [known, written, pending] = [kept.known, kept.written, kept.pending].map(ChangeSet.fromJSON) as [
      ChangeSet,
      ChangeSet,
      ChangeSet,
    ];
    const base = known.apply(textOf(kept.origin));
    const replica = new Replica(kept.agent, kept.version, base, written, pending);
    replica.baseVersion = kept.base ?? null;
    replica.seq = kept.seq;
    replica.sealed.push(...kept.sealed);
    replica.seal();
    replica.agent = agent;
    replica.seq = -1;
    return replica;
  }

  /**
   * Begins with the text that the server knew when some copy was kept, be that copy's owner there or not: what others
   * wrote since leads on from its name. Nothing of what is not acknowledged is taken, which is the owner's to send.
   */
  static reread({ origin, known, base }: Kept, agent: string): Replica {
    const text = ChangeSet.fromJSON(known).apply(textOf(origin));
    const nothing = ChangeSet.empty(text.length);
    return new Replica(agent, base!, text, nothing, nothing);
  }

  /** The text at `version`. */
  get shadow(): Text {
    return (this.shadowed ??= this.written.apply(this.base));
  }

  private shadowed: Text | null = null;

  /** The text that is shown. */
  get text(): Text {
    return this.pending.apply(this.shadow);
  }

  /** Whether something was written that is not acknowledged. */
  get isDirty(): boolean {
    return this.sealed.length > 0 || !this.pending.empty;
  }

  /** Something was written here. */
  write(changes: ChangeSet): void {
    this.pending = this.pending.compose(changes);
  }

  /** Makes an edit of all that is not sealed. */
  seal(): Edit | null {
    if (this.pending.empty) return null;
    const patches = patchesOf(this.pending, this.shadow);
    this.seq += sizeOf(patches);
    const edit = { version: `${this.agent}-${this.seq}`, parents: this.version, patches };
    this.shadowed = this.text;
    this.written = this.written.compose(this.pending);
    this.pending = ChangeSet.empty(this.pending.newLength);
    this.version = [edit.version];
    this.sealed.push(edit);
    return edit;
  }

  acknowledge(version: string): void {
    const index = this.sealed.findIndex((edit) => edit.version === version);
    if (index < 0) return;
    const known = this.sealed.findIndex(({ parents }) => isSame(parents, this.baseVersion ?? []));
    const taken = this.sealed.splice(0, index + 1);
    if (this.sealed.length === 0) this.stand(this.written);
    else if (known >= 0 && known <= index) this.standBetween(taken.slice(known));
  }

  /** What an update changes in the text that is shown; null if it was not meant for where this copy stands. */
  receive(update: Update): ChangeSet | null {
    if (update.body !== null) return this.startOver(update.version, update.body);
    if (!isSame(update.parents, this.version)) return null;
    const remote = changesOf(update.patches.map(textPatch), this.shadow);
    const shown = remote.map(this.pending, true);
    this.pending = this.pending.map(remote);
    this.version = [...update.version].sort();
    this.stand(this.written.compose(remote));
    return shown;
  }

  /**
   * Goes on from the text that the server has, which need not follow from any that it had. What was written here and
   * not acknowledged is written again, as a new edit.
   */
  startOver(version: string[], content: string): ChangeSet {
    const remote = difference(this.base, textOf(content));
    const mine = this.written.compose(this.pending);
    const shown = remote.map(mine, true);
    this.pending = mine.map(remote);
    this.sealed.length = 0;
    this.version = [...version].sort();
    this.stand(remote);
    return shown;
  }

  /** Where a place of the shown text is in the text at `version`. */
  toShadow(position: number): number {
    return this.pending.invertedDesc.mapPos(position);
  }

  /** Where a place of the text at `version` is in the shown one. */
  fromShadow(position: number): number {
    return this.pending.mapPos(Math.min(position, this.shadow.length));
  }

  /** What is to be stored beside the origin. */
  keep(): Since {
    const { version, agent, seq } = this;
    const base = this.baseVersion ?? undefined;
    const [known, written, pending] = [this.known, this.written, this.pending].map(
      (changes) => changes.toJSON() as unknown,
    );
    return { version, base, known, written, pending, sealed: [...this.sealed], agent, seq };
  }

  /** The server knows the text after these changes of `base`, and no edit of this copy waits to be known. */
  private stand(changes: ChangeSet): void {
    this.base = this.shadowed = changes.apply(this.base);
    this.baseVersion = this.version;
    this.written = ChangeSet.empty(this.base.length);
    this.steps += 1;
    if (this.steps <= MOST_STEPS) this.known = this.known.compose(changes);
    else this.settle();
  }

  /** The server knows the text after these sealed edits, and not yet after the others. */
  private standBetween(taken: Edit[]): void {
    const { shadow, version } = this;
    const changes = composed(taken, this.base);
    this.version = [taken.at(-1)!.version];
    this.stand(changes);
    this.written = composed(this.sealed, this.base);
    this.version = version;
    this.shadowed = shadow;
  }

  private settle(): void {
    this.origin = { id: makeKey(), text: this.base };
    this.known = ChangeSet.empty(this.base.length);
    this.steps = 0;
  }
}

export function isSame(some: readonly string[], sorted: readonly string[]): boolean {
  return some.length === sorted.length && [...some].sort().every((id, index) => id === sorted[index]);
}

/** What edits, each of which follows the one before it, change in a text. */
function composed(edits: readonly Edit[], text: Text): ChangeSet {
  let changes = ChangeSet.empty(text.length);
  for (const { patches } of edits) changes = changes.compose(changesOf(patches, changes.apply(text)));
  return changes;
}

/** What makes one text of another, by whole words, so that what is written in between stays between them. */
function difference(before: Text, after: Text): ChangeSet {
  const now = contentOf(after);
  const found = presentableDiff(contentOf(before), now, { scanLimit: SCAN_LIMIT, timeout: PATIENCE_MS });
  const changes = found.map(({ fromA, toA, fromB, toB }) => ({
    from: fromA,
    to: toA,
    insert: textOf(now.slice(fromB, toB)),
  }));
  return ChangeSet.of(changes, before.length);
}
