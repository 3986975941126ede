// How far each topic of the log has been followed. A durable frame names its position and the previous one for this
// subscriber, so each frame shows whether it is new, known, or follows a gap. Two positions are kept per topic: that of
// the state held here, and the highest that was received, up to which a resume of older state repeats changes.
import type { Id } from "../api/types";
import type { Place } from "../sync/frames";

export type Classification = "new" | "known" | "gap";

export class Positions {
  private readonly held = new Map<Id, number>();
  private readonly received = new Map<Id, number>();

  of(topic: Id): number | undefined {
    return this.held.get(topic);
  }

  /** The highest position received for a topic, in READY or a frame. */
  receivedTo(topic: Id): number {
    return this.received.get(topic) ?? 0;
  }

  /** A frame after a gap is dropped: it arrives again once the missing changes were requested. */
  classify({ topic, position, previous }: Place): Classification {
    const held = this.held.get(topic);
    if (held !== undefined && position <= held) return "known";
    if (held !== undefined && previous !== null && previous > held) return "gap";
    this.take(topic, position);
    return "new";
  }

  /** The state held here is at this position now. */
  take(topic: Id, position: number): void {
    this.held.set(topic, position);
    this.received.set(topic, Math.max(this.receivedTo(topic), position));
  }

  /** Older state is held from now on, which a resume will bring up to date. */
  begin(topic: Id, position: number): void {
    this.held.set(topic, position);
  }

  /**
   * Returns the topics with a different position in a new READY. They keep their positions until they are resumed or
   * fetched.
   */
  adopt(fresh: Record<Id, number>): Set<Id> {
    const moved = new Set<Id>();
    for (const topic of [...this.held.keys()]) if (!(topic in fresh)) this.forget(topic);
    for (const [topic, position] of Object.entries(fresh)) {
      const held = this.held.get(topic);
      if (held === undefined) this.held.set(topic, position);
      else if (held !== position) moved.add(topic);
      this.received.set(topic, position);
    }
    return moved;
  }

  /** Starts to follow more topics. */
  follow(further: Record<Id, number>): void {
    for (const [topic, position] of Object.entries(further)) this.take(topic, position);
  }

  forget(topic: Id): void {
    this.held.delete(topic);
    this.received.delete(topic);
  }

  clear(): void {
    this.held.clear();
    this.received.clear();
  }
}
