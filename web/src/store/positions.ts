// How far each topic of the log has been followed. A durable frame names its position and the one before it
// for this subscriber, so a frame says by itself whether it is new, known, or comes after a gap.
import type { Id } from "../api/types";
import type { Place } from "../sync/frames";

export type Judgement = "new" | "known" | "gap";

export class Positions {
  private readonly held = new Map<Id, number>();

  judge(place: Place): Judgement {
    const held = this.held.get(place.topic);
    if (held !== undefined && place.position <= held) return "known";
    const isGap = held !== undefined && place.previous !== null && place.previous > held;
    this.held.set(place.topic, place.position);
    return isGap ? "gap" : "new";
  }

  /** Takes the positions of a fresh READY and answers the topics that moved since they were last held. */
  adopt(fresh: Record<Id, number>): Set<Id> {
    const moved = new Set<Id>();
    for (const [topic, position] of Object.entries(fresh)) {
      const held = this.held.get(topic);
      if (held !== undefined && held !== position) moved.add(topic);
    }
    this.held.clear();
    for (const [topic, position] of Object.entries(fresh)) this.held.set(topic, position);
    return moved;
  }

  /** Begins to follow further topics. */
  follow(further: Record<Id, number>): void {
    for (const [topic, position] of Object.entries(further)) this.held.set(topic, position);
  }
}
