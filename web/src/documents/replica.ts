// One copy of a document's text, as the merge type "simpleton" requires: one version, one text, no history.
//
// The displayed text is `shadow`, changed by what was written since the last edit was sealed. A sealed edit keeps its
// version forever, so sending it again is harmless; from that moment the copy treats it as its own version. An update
// is applied only if its parents are exactly that version; any other update was meant for a version that this copy has
// left, and the server sends it again, transformed. Edits that are not sealed yet are transformed over an update, so
// the server and a copy never merge the same thing in two ways, and all copies agree.
import { presentableDiff } from "@codemirror/merge";
import { ChangeSet, type Text } from "@codemirror/state";
import { makeKey } from "../store/identity";
import type { Update } from "./braid";
import { textPatch } from "./braid";
import { changesOf, contentOf, patchesOf, sizeOf, textOf, type Patch } from "./points";

/** An edit with a version: its content never changes. */
export interface Edit {
  version: string;
  parents: string[];
  patches: Patch[];
}

/**
 * The text that a stored copy builds on: stored once and kept for a while, however often the changes since then are
 * stored.
 */
export interface Origin {
  id: string;
  text: Text;
}

/** The changes since the origin: up to the text that the server certainly had, and what was written since. */
export interface Since {
  version: string[];

  /** The version of the text that the server had; missing in what earlier versions stored. */
  base?: string[] | undefined;
  known: unknown;
  written: unknown;
  pending: unknown;
  sealed: Edit[];
  agent: string;
  seq: number;
}

/** A copy as stored in the browser. */
export interface Kept extends Since {
  origin: string;
}

/** After this many steps, the changes since the origin are no longer small. */
const MOST_STEPS = 200;

/**
 * Beyond this length, the difference of two texts is approximate: everything between their common beginning and end.
 */
const SCAN_LIMIT = 1_000;
const PATIENCE_MS = 200;

export class Replica {
  /** Sealed edits that are not acknowledged, in order. */
  readonly sealed: Edit[] = [];
  private seq = -1;
  private steps = 0;
  private known: ChangeSet;

  /** The version of `base`; null if an earlier version stored it without one. */
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
   * Continues what another tab or an earlier visit left. What it had not sealed is sealed now, exactly as it would have
   * been there: if both send it, it is the same edit. From now on this copy writes as `agent`.
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
   * Starts with the text that the server had when some copy was stored, whether or not its tab is still open: what
   * others wrote since builds on its version. Unacknowledged edits are not taken; their own tab sends them.
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

  /** The displayed text. */
  get text(): Text {
    return this.pending.apply(this.shadow);
  }

  /** Whether there are edits that are not acknowledged. */
  get isDirty(): boolean {
    return this.sealed.length > 0 || !this.pending.empty;
  }

  /** The user wrote something. */
  write(changes: ChangeSet): void {
    this.pending = this.pending.compose(changes);
  }

  /** Makes an edit of everything that is not sealed. */
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

  /** The change of the displayed text; null if the update was not meant for this copy's version. */
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
   * Continues from the server's text, which need not follow from an earlier one. Unacknowledged edits are applied
   * again, as a new edit.
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

  /** Maps a position in the displayed text to the text at `version`. */
  toShadow(position: number): number {
    return this.pending.invertedDesc.mapPos(position);
  }

  /** Maps a position in the text at `version` to the displayed text. */
  fromShadow(position: number): number {
    return this.pending.mapPos(Math.min(position, this.shadow.length));
  }

  /** What is stored beside the origin. */
  keep(): Since {
    const { version, agent, seq } = this;
    const base = this.baseVersion ?? undefined;
    const [known, written, pending] = [this.known, this.written, this.pending].map(
      (changes) => changes.toJSON() as unknown,
    );
    return { version, base, known, written, pending, sealed: [...this.sealed], agent, seq };
  }

  /** The server has the text after these changes of `base`, and no edit of this copy awaits acknowledgement. */
  private stand(changes: ChangeSet): void {
    this.base = this.shadowed = changes.apply(this.base);
    this.baseVersion = this.version;
    this.written = ChangeSet.empty(this.base.length);
    this.steps += 1;
    if (this.steps <= MOST_STEPS) this.known = this.known.compose(changes);
    else this.settle();
  }

  /** The server has the text after these sealed edits, but not yet after the others. */
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

/** The combined change of edits, each of which follows the one before it. */
function composed(edits: readonly Edit[], text: Text): ChangeSet {
  let changes = ChangeSet.empty(text.length);
  for (const { patches } of edits) changes = changes.compose(changesOf(patches, changes.apply(text)));
  return changes;
}

/** The difference between two texts, by whole words, so that edits inside it stay between the words. */
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
