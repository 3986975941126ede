// How events change friends, requests, blocks and privacy settings.
import type { Id } from "../api/types";
import type { Appliers } from "../store/events";
import type { EventName } from "../sync/frames";
import type { Friends } from "./friends.svelte";

type Name =
  | Extract<EventName, `CONTACT_${string}` | `FRIEND_${string}` | `BLOCK_${string}` | `PRIVACY_${string}`>
  | "READY"
  | "PRESENCE_UPDATE";

export interface FriendEventNeeds {
  friends: Friends;
  /** A friend can be written to again. */
  conversations: { allow: (user: Id) => void };
}

export function friendEvents({ friends, conversations }: FriendEventNeeds): Appliers<Name> {
  return {
    READY: ({ contacts = [], friend_requests = [], blocks = [], privacy = null }) =>
      friends.adopt({ contacts, friend_requests, blocks, privacy }),
    PRESENCE_UPDATE({ user_id, status }) {
      if (status === "offline") friends.wentOffline(user_id);
    },
    CONTACT_CREATE(contact) {
      friends.putContact(contact);
      conversations.allow(contact.contact_user_id);
    },
    CONTACT_UPDATE: (contact) => friends.putContact(contact),
    CONTACT_DELETE: ({ user_id }) => friends.dropContact(user_id),
    FRIEND_REQUEST_CREATE: (request) => friends.putRequest(request),
    FRIEND_REQUEST_UPDATE: (request) => friends.putRequest(request),
    FRIEND_REQUEST_DELETE: ({ id }) => friends.dropRequest(id),
    BLOCK_CREATE: (block) => friends.putBlock(block),
    BLOCK_DELETE: ({ user_id }) => friends.dropBlock(user_id),
    PRIVACY_UPDATE: (privacy) => (friends.privacy = privacy),
  };
}
