// How each gateway event changes what is held. Each package defines this for its own events; together with the fetched
// state this keeps the law: old state + events = fresh state. `following.ts` ensures that no event is missed.
import type { Id } from "../api/types";
import type { EventName, Events, Frame, Ready } from "../sync/frames";
import type { Following } from "./following";
import type { Positions } from "./positions";

/** `topic` is what the change belongs to: a server, a channel, a conversation or the user. */
export type Applier<Name extends EventName> = (data: Events[Name], topic: Id) => void;

/** A package's appliers. */
export type Appliers<Name extends EventName = EventName> = { [Each in Name]: Applier<Each> };

export interface StreamNeeds {
  positions: Positions;
  following: Following;
  live: { emit: (frame: Frame) => void };
  snapshots: { note: (topic?: Id) => void };
  features: { apply: (frame: Frame) => void; refresh: () => void; resume: () => void };
}

export class EventStream {
  constructor(private readonly needs: StreamNeeds) {}

  apply(frame: Frame): void {
    const { positions, following, live, snapshots, features } = this.needs;
    // A resume repeats earlier changes for the state that is held here: they are not new to the user.
    const isRepeated =
      frame.place !== null && frame.place.position <= positions.receivedTo(frame.place.topic);
    if (frame.place && !following.isNext(frame, frame.place)) return;
    positions.follow(frame.positions);
    features.apply(frame);
    if (frame.name === "READY") this.ready(frame.data as Ready);
    if (frame.place || frame.name === "READY") snapshots.note(frame.place?.topic);
    if (isRepeated) return following.repeated(frame);
    live.emit(frame);
  }

  /** All rooms have applied it. */
  private ready({ positions, epoch }: Ready): void {
    const { following, features } = this.needs;
    following.ready(positions ?? {}, epoch ?? null);
    features.refresh();
    features.resume();
  }
}
