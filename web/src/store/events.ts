// How each gateway event changes what is held. Each package defines this for its own events; together with the fetched
// state this keeps the law: old state + events = fresh state. `following.ts` ensures that no event is missed.
import type { Id } from "../api/types";
import type { EventName, Events, Frame } from "../sync/frames";
import type { Following } from "./following";
import type { Positions } from "./positions";

/** `topic` is what the change belongs to: a server, a channel, a conversation or the user. */
export type Applier<Name extends EventName> = (data: Events[Name], topic: Id) => void;

/** A package's appliers. */
export type Appliers<Name extends EventName = EventName> = { [Each in Name]: Applier<Each> };

export interface StreamNeeds {
  appliers: Partial<Appliers>;
  positions: Positions;
  following: Following;
  /** Something in a topic changed, or (without one) something that READY contains. */
  changed: (topic?: Id) => void;
  /** The frame was applied, and is new. */
  applied: (frame: Frame) => void;
}

export class EventStream {
  constructor(private readonly needs: StreamNeeds) {}

  apply(frame: Frame): void {
    const { appliers, positions, following, changed, applied } = this.needs;
    // A resume repeats earlier changes for the state that is held here: they are not new to the user.
    const isRepeated =
      frame.place !== null && frame.place.position <= positions.receivedTo(frame.place.topic);
    if (frame.place && !following.isNext(frame, frame.place)) return;
    positions.follow(frame.positions);
    const applier = appliers[frame.name] as Applier<EventName> | undefined;
    applier?.(frame.data, frame.place?.topic ?? "");
    if (frame.place || frame.name === "READY") changed(frame.place?.topic);
    if (isRepeated) return following.repeated(frame);
    applied(frame);
  }
}
