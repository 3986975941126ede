// What is kept of the state that READY tells, so that the screen can be painted before the network answers. It needs no
// position: the next READY tells all of it afresh.
import type {
  Conversation,
  NotificationLevel,
  Override,
  Role,
  Server,
  UnreadCount,
  User,
} from "../../api/types";
import type { Application } from "../application.svelte";
import type { Near } from "../friends.svelte";
import type { Person } from "../people.svelte";

const MOST_PEOPLE = 1_000;

export interface KeptState {
  epoch: string | null;
  user: User;
  servers: Server[];
  roles: Role[];
  overrides: Override[];
  conversations: Conversation[];
  near: Near;
  unread: UnreadCount[];
  levels: NotificationLevel[];
  people: Person[];
}

/** Plain values, as of one moment. */
export function stateOf(app: Application, user: User): KeptState {
  // The copy is what a database can take: no value in it is watched by the screen.
  return copyOf({
    epoch: app.following.epoch,
    user,
    servers: app.community.servers,
    ...app.rights.all(),
    conversations: app.conversations.all,
    near: app.friends.near(),
    unread: app.unread.all(),
    levels: app.levels.all(),
    people: app.people.all().slice(-MOST_PEOPLE),
  });
}

function copyOf<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Shows it again. How somebody appears is known only to the server. */
export function restore(app: Application, kept: KeptState): void {
  app.following.epoch = kept.epoch;
  app.people.adopt(kept.people);
  app.rights.adopt({ all: kept.roles }, { all: kept.overrides });
  app.friends.adopt(kept.near);
  app.conversations.adopt(kept.conversations);
  app.unread.adopt(kept.unread);
  app.levels.adopt(kept.levels);
  app.community.replaceServers(kept.servers);
}
