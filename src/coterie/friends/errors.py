"""The errors that only this package answers with."""

from coterie.errors import Entry

NOBODY_TO_ASK = Entry(404, "nobody_to_ask", "User not found, or they don't accept friend requests from you.")
REQUEST_CLOSED = Entry(409, "request_closed", "This friend request is no longer pending.")
NOT_THE_RECIPIENT = Entry(403, "not_the_recipient", "Only the person who received this friend request can answer it.")
NOT_THE_SENDER = Entry(403, "not_the_sender", "Only the person who sent this friend request can cancel it.")
COOLING_OFF = Entry(
    429, "cooling_off", "They declined your last friend request. Wait a while before you send another one."
)
BLOCKED_BY_YOU = Entry(403, "blocked_by_you", "You've blocked this person. Unblock them first.")
TOO_MANY_REQUESTS = Entry(400, "too_many_requests", "You have too many pending friend requests. Cancel one first.")
TOO_MANY_FRIENDS = Entry(400, "too_many_friends", "You or the other person has reached the friend limit.")
TOO_MANY_BLOCKS = Entry(400, "too_many_blocks", "You've reached the limit of blocked people. Unblock someone first.")
