// Requests missed changes of topics, and ensures that they arrive. Several requests at one moment share a frame. What
// does not arrive in time is requested again, and eventually given up: then the topic has to be fetched.
import type { Id } from "../api/types";
import type { Place } from "./frames";

const PATIENCE_MS = 5_000;
const TRIES = 3;
/** Topics that one frame may resume. */
const MOST_TOPICS = 1_000;

interface Missing {
  until: number;
  tries: number;
  /** The topic's position when it was last checked. */
  seen: number;
}

export interface ResumptionNeeds {
  /** Returns whether there is a connection. */
  send: (positions: Record<Id, number>) => boolean;
  held: (topic: Id) => number | undefined;
  givenUp: (topic: Id, until: number) => void;
}

export class Resumption {
  private readonly missing = new Map<Id, Missing>();
  private readonly asking = new Set<Id>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly needs: ResumptionNeeds) {}

  /** Requests a topic's changes between what is held and a position: once, until they have arrived. */
  ask(topic: Id, until: number): void {
    const known = this.missing.get(topic);
    if (known) known.until = Math.max(known.until, until);
    else this.missing.set(topic, { until, tries: 0, seen: -1 });
    if (!known) this.soon(topic);
  }

  /** The held state of a topic has advanced; returns whether all requested changes have arrived. */
  arrived({ topic, position }: Pick<Place, "topic" | "position">): boolean {
    const missing = this.missing.get(topic);
    if (!missing || position < missing.until) return false;
    return this.missing.delete(topic);
  }

  /** A new connection knows nothing of requests on the last one. */
  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.missing.clear();
    this.asking.clear();
  }

  private soon(topic: Id): void {
    if (this.asking.size === 0) queueMicrotask(() => this.send());
    this.asking.add(topic);
  }

  private send(): void {
    const asked = [...this.asking].map((topic) => [topic, this.needs.held(topic) ?? 0] as const);
    this.asking.clear();
    // Without a connection, the next READY compares all positions.
    for (let first = 0; first < asked.length; first += MOST_TOPICS) {
      const some = asked.slice(first, first + MOST_TOPICS);
      if (!this.needs.send(Object.fromEntries(some))) return this.clear();
    }
    this.timer ??= setTimeout(() => this.look(), PATIENCE_MS);
  }

  private look(): void {
    this.timer = undefined;
    for (const [topic, missing] of [...this.missing]) {
      const held = this.needs.held(topic);
      if (held === undefined || held >= missing.until) this.missing.delete(topic);
      else if (held > missing.seen) missing.seen = held;
      else this.again(topic, missing);
    }
    if (this.missing.size) this.timer ??= setTimeout(() => this.look(), PATIENCE_MS);
  }

  private again(topic: Id, missing: Missing): void {
    missing.tries += 1;
    if (missing.tries < TRIES) return this.soon(topic);
    this.missing.delete(topic);
    this.needs.givenUp(topic, missing.until);
  }
}
