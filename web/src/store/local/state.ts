// The stored part of READY's state, with which the screen is painted before the network responds. It needs no position:
// the next READY contains all of it again.
import type {
  Block,
  Contact,
  Conversation,
  FriendRequest,
  Id,
  NotificationLevel,
  Override,
  Privacy,
  Role,
  Server,
  Status,
  UnreadCount,
  User,
} from "../../api/types";

const MOST_PEOPLE = 1_000;

/** Friends, requests and blocks, and whom I let come near. */
export interface FriendsState {
  contacts: Contact[];
  friend_requests: FriendRequest[];
  blocks: Block[];
  privacy: Privacy | null;
}

export interface Person {
  id: Id;
  username: string;
  /** As they want to be called: the display name, or else the user name. */
  name: string;
  avatarUrl: string | null;
  status: Status;
  customStatus: string | null;
  activity: string | null;
}

interface StoredPermissions {
  roles: Role[];
  overrides: Override[];
}

export interface StoredState extends StoredPermissions {
  epoch: string | null;
  user: User;
  servers: Server[];
  conversations: Conversation[];
  near: FriendsState;
  unread: UnreadCount[];
  levels: NotificationLevel[];
  people: Person[];
}

/** The objects that hold the state while the page is open. */
export interface StateParts {
  following: { epoch: string | null };
  community: { readonly servers: Server[]; replaceServers: (servers: Server[]) => void };
  permissions: {
    all: () => StoredPermissions;
    adopt: (roles: Record<string, Role[]>, overrides: Record<string, Override[]>) => void;
  };
  people: { all: () => Person[]; adopt: (people: Person[]) => void };
  friends: { state: () => FriendsState; adopt: (near: FriendsState) => void };
  conversations: { readonly all: Conversation[]; adopt: (conversations: Conversation[]) => void };
  unread: { all: () => UnreadCount[]; adopt: (counts: UnreadCount[]) => void };
  levels: { all: () => NotificationLevel[]; adopt: (levels: NotificationLevel[]) => void };
}

/** Plain values, all from the same moment. */
export function stateOf(parts: StateParts, user: User): StoredState {
  // The copy can be stored in a database: none of its values is reactive.
  return copyOf({
    epoch: parts.following.epoch,
    user,
    servers: parts.community.servers,
    ...parts.permissions.all(),
    conversations: parts.conversations.all,
    near: parts.friends.state(),
    unread: parts.unread.all(),
    levels: parts.levels.all(),
    people: parts.people.all().slice(-MOST_PEOPLE),
  });
}

function copyOf<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Shows it again. Presence is known only to the server. */
export function restore(parts: StateParts, kept: StoredState): void {
  parts.following.epoch = kept.epoch;
  parts.people.adopt(kept.people);
  parts.permissions.adopt({ all: kept.roles }, { all: kept.overrides });
  parts.friends.adopt(kept.near);
  parts.conversations.adopt(kept.conversations);
  parts.unread.adopt(kept.unread);
  parts.levels.adopt(kept.levels);
  parts.community.replaceServers(kept.servers);
}
