// How events change friends, requests, blocks and privacy settings.
import type { Id } from "../api/types";
import type { Appliers } from "../store/events";
import type { EventName } from "../sync/frames";
import type { Friends } from "./friends.svelte";

type Name = Extract<
  EventName,
  `CONTACT_${string}` | `FRIEND_${string}` | `BLOCK_${string}` | `PRIVACY_${string}`
>;

/** `befriended`: a user became a friend. */
export function friendEvents(friends: Friends, befriended: (user: Id) => void): Appliers<Name> {
  return {
    CONTACT_CREATE(contact) {
      friends.putContact(contact);
      befriended(contact.contact_user_id);
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
