// How far each topic of the log has been followed. A durable frame names its position and the one before it for this
// subscriber, so a frame says by itself whether it is new, known, or comes after a gap. Two things are kept apart: up to
// where the state held here stands, and up to where was told of, which a resume of older state repeats.
import type { Id } from "../api/types";
import type { Place } from "../sync/frames";

export type Judgement = "new" | "known" | "gap";

export class Positions {
  private readonly held = new Map<Id, number>();
  private readonly told = new Map<Id, number>();

  of(topic: Id): number | undefined {
    return this.held.get(topic);
  }

  /** Up to where was told of a topic, by READY or by a frame. */
  toldTo(topic: Id): number {
    return this.told.get(topic) ?? 0;
  }

  /** What comes after a gap is not taken: it comes again when what is missing was asked for. */
  judge({ topic, position, previous }: Place): Judgement {
    const held = this.held.get(topic);
    if (held !== undefined && position <= held) return "known";
    if (held !== undefined && previous !== null && previous > held) return "gap";
    this.take(topic, position);
    return "new";
  }

  /** The state held here stands at this position now. */
  take(topic: Id, position: number): void {
    this.held.set(topic, position);
    this.told.set(topic, Math.max(this.toldTo(topic), position));
  }

  /** Older state is held from now on, which a resume will bring up to the present. */
  begin(topic: Id, position: number): void {
    this.held.set(topic, position);
  }

  /** Answers what stands elsewhere in a fresh READY. It keeps its position until it was resumed or fetched. */
  adopt(fresh: Record<Id, number>): Set<Id> {
    const moved = new Set<Id>();
    for (const topic of [...this.held.keys()]) if (!(topic in fresh)) this.forget(topic);
    for (const [topic, position] of Object.entries(fresh)) {
      const held = this.held.get(topic);
      if (held === undefined) this.held.set(topic, position);
      else if (held !== position) moved.add(topic);
      this.told.set(topic, position);
    }
    return moved;
  }

  /** Begins to follow further topics. */
  follow(further: Record<Id, number>): void {
    for (const [topic, position] of Object.entries(further)) this.take(topic, position);
  }

  forget(topic: Id): void {
    this.held.delete(topic);
    this.told.delete(topic);
  }

  clear(): void {
    this.held.clear();
    this.told.clear();
  }
}
