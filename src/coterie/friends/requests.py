"""The life of a friend request: asked, then accepted, declined or taken back.

A pair has at most one open request, in whichever direction; who asks back accepts. Everything is judged under the locks
of both people's topics, and told to both in one append. Accepting makes them friends and leaves them exactly one direct
conversation, in the same transaction. A repeat changes nothing and is answered alike.
"""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec.structs import asdict

from coterie import errors
from coterie.accounts import email_address
from coterie.accounts import queries as accounts
from coterie.conversations import queries as conversations
from coterie.conversations.opening import open_direct
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.friends import queries
from coterie.friends.actions import Friends, closed
from coterie.friends.models import Contact, Friend, FriendRequest, RequestCreation, RequestOutcome
from coterie.friends.standing import NOBODY, Standing, standing
from coterie.identifiers import new_id
from coterie.log.append import Change, append, lock

FRIEND_LIMIT: Final = 1_000
OUTGOING_LIMIT: Final = 100
INCOMING_LIMIT: Final = 1_000
"""Requests that wait for one person's answer; who is asked by more takes none until some are answered."""


async def ask(friends: Friends, user_id: UUID, creation: RequestCreation) -> RequestOutcome:
    """Ask somebody to be friends, or accept what they have asked before.

    What the rules forbid is answered, not raised. Whoever cannot be asked is answered for like somebody who does not
    exist.
    """
    other = await _whom(friends, creation)
    if other == user_id:
        return _refused(CoterieError(errors.NOT_YOURSELF))
    async with friends.database.acquire() as connection, connection.transaction():
        await _lock(connection, user_id, other)
        stands = await standing(connection, user_id, other)
        if refusal := _refusal(friends, user_id, stands, is_by_email=creation.to_email is not None):
            return _refused(refusal, stands)
        if stands.pending_id is not None:
            return await _ask_back(connection, user_id, stands.pending_id)
        new = queries.NewRequest(
            id=new_id(),
            sender=user_id,
            recipient=other,
            message=(creation.message or "").strip() or None,
            is_by_email=creation.to_email is not None,
            created_at=datetime.now(UTC),
        )
        return await _ask(connection, new)


async def respond(friends: Friends, user_id: UUID, request_id: UUID, *, accept: bool) -> UUID | None:
    """Accept or decline a request to oneself; answers where the two can talk, if it was accepted.

    Raises NOT_FOUND, NOT_THE_RECIPIENT, REQUEST_CLOSED and TOO_MANY_FRIENDS.
    """
    async with friends.database.acquire() as connection, connection.transaction():
        request = await _locked(connection, user_id, request_id)
        if request.to_user_id != user_id:
            raise CoterieError(errors.NOT_THE_RECIPIENT)
        if request.status != "pending":
            return await _repeated(connection, request, accept=accept)
        if accept:
            return await _accept(connection, request)
        await _close(connection, request, "rejected")
        return None


async def cancel(friends: Friends, user_id: UUID, request_id: UUID) -> None:
    """Take back a request of one's own. Raises NOT_FOUND, NOT_THE_SENDER and REQUEST_CLOSED."""
    async with friends.database.acquire() as connection, connection.transaction():
        request = await _locked(connection, user_id, request_id)
        if request.from_user_id != user_id:
            raise CoterieError(errors.NOT_THE_SENDER)
        if request.status == "pending":
            await _close(connection, request, "cancelled")
        elif request.status != "cancelled":
            raise CoterieError(errors.REQUEST_CLOSED)


async def _whom(friends: Friends, creation: RequestCreation) -> UUID:
    """Who is meant; NOBODY if there is no such account. Raises INVALID unless one way to name them is used."""
    ways = {"to_email": creation.to_email, "to_username": creation.to_username, "to_user_id": creation.to_user_id}
    if sum(way is not None for way in ways.values()) != 1:
        reason = f"give one of {', '.join(ways)}"
        raise CoterieError(errors.INVALID, f"Say whom you ask: {reason}.", fields=dict.fromkeys(ways, reason))
    if creation.to_user_id is not None:
        return creation.to_user_id
    if creation.to_username is not None:
        return await accounts.find_by_username(friends.database, creation.to_username.strip()) or NOBODY
    assert creation.to_email is not None, "one of them is given"
    address = email_address.checked(creation.to_email.strip(), field="to_email")
    return await accounts.find_by_email(friends.database, address) or NOBODY


def _refusal(friends: Friends, user_id: UUID, stands: Standing, *, is_by_email: bool) -> CoterieError | None:
    """Why the one may not ask the other, if so.

    By address, nothing tells whose it is before its owner lets it: somebody who takes no requests is nobody, even
    where the two are friends by name.
    """
    is_open = stands.takes_requests and stands.own_state != "blocked"
    if is_by_email and not stands.knows_email and not is_open:
        return CoterieError(errors.NOBODY_TO_ASK)
    if stands.own_state == "blocked":
        return CoterieError(errors.BLOCKED_BY_YOU)
    if stands.are_friends:
        return CoterieError(errors.ALREADY_FRIENDS)
    if stands.pending_id is not None:
        return CoterieError(errors.REQUEST_PENDING) if stands.pending_from == user_id else None
    if not stands.takes_requests:
        return CoterieError(errors.NOBODY_TO_ASK)
    if stands.is_cooling_off(datetime.now(UTC), friends.cooling_off):
        return CoterieError(errors.COOLING_OFF)
    return None


def _refused(error: CoterieError, stands: Standing | None = None) -> RequestOutcome:
    """The answer to what the rules forbid; a request that waits already is named."""
    if stands is not None and error.entry is errors.REQUEST_PENDING:
        return RequestOutcome(False, stands.pending_id, "pending", error=error.sentence, code=error.entry.code)
    return RequestOutcome(False, error=error.sentence, code=error.entry.code)


async def _ask(connection: Connection, new: queries.NewRequest) -> RequestOutcome:
    """Store the request and tell both, if neither has as many as may be."""
    sent, waiting = await queries.count_pending(connection, new.sender, new.recipient)
    if sent >= OUTGOING_LIMIT:
        return _refused(CoterieError(errors.TOO_MANY_REQUESTS))
    if waiting >= INCOMING_LIMIT:
        return _refused(CoterieError(errors.NOBODY_TO_ASK))
    request = await queries.insert_request(connection, new)
    key = f"friend_requests/{request.id}"
    await append(
        connection,
        *(Change(user, key, "FRIEND_REQUEST_CREATE", request) for user in (new.sender, new.recipient)),
    )
    return RequestOutcome(True, request.id, "pending")


async def _ask_back(connection: Connection, user_id: UUID, request_id: UUID) -> RequestOutcome:
    """Accept the request that the other has sent before."""
    request = await queries.request(connection, request_id)
    assert request is not None, "it cannot go away under the locks of both"
    try:
        return RequestOutcome(True, request.id, "accepted", await _accept(connection, request))
    except CoterieError as refusal:
        return _refused(refusal)


async def _locked(connection: Connection, user_id: UUID, request_id: UUID) -> FriendRequest:
    """A request of which one is a party, as it is under the locks of both; NOT_FOUND otherwise."""
    found = await queries.request(connection, request_id)
    if found is None or user_id not in (found.from_user_id, found.to_user_id):
        raise CoterieError(errors.NOT_FOUND)
    await _lock(connection, found.from_user_id, found.to_user_id)
    request = await queries.request(connection, request_id)
    if request is None:
        raise CoterieError(errors.NOT_FOUND)
    return request


async def _lock(connection: Connection, one: UUID, other: UUID) -> None:
    """Hold both people's topics, and before them their profiles: a new friend is told of what is no longer changing."""
    await conversations.hold(connection, [one, other])
    await lock(connection, [one, other])


async def _repeated(connection: Connection, request: FriendRequest, *, accept: bool) -> UUID | None:
    """The answer to the same answer as before, while it still holds; REQUEST_CLOSED to another."""
    stands = await standing(connection, request.to_user_id, request.from_user_id)
    if request.status == ("accepted" if accept else "rejected") and stands.are_friends == accept:
        pair = sorted((request.from_user_id, request.to_user_id))
        return await conversations.direct(connection, *pair) if accept else None
    raise CoterieError(errors.REQUEST_CLOSED)


async def _accept(connection: Connection, request: FriendRequest) -> UUID:
    """Make the two friends; answers their conversation."""
    sender, recipient = request.from_user_id, request.to_user_id
    if await queries.count_contacts(connection, [sender, recipient], "friend") >= FRIEND_LIMIT:
        raise CoterieError(errors.TOO_MANY_FRIENDS)
    now = datetime.now(UTC)
    await queries.close_request(connection, request.id, "accepted", now)
    made = await queries.befriend(connection, sender, recipient, now, knows_email=bool(request.to_email))
    changes = [*closed(request, "accepted"), *(_befriended(contact) for contact in made)]
    conversation, _ = await open_direct(connection, sender, recipient, *changes)
    return conversation


def _befriended(contact: Contact) -> Change:
    """What somebody is told of a new friend; who listens hears at once whether they are there."""
    fields = asdict(contact)
    value = Friend(**{name: fields.pop(name) for name in Friend.__struct_fields__})
    key = f"contacts/{contact.contact_user_id}"
    return Change(contact.user_id, key, "CONTACT_CREATE", value, extra=fields)


async def _close(connection: Connection, request: FriendRequest, status: str) -> None:
    await queries.close_request(connection, request.id, status, datetime.now(UTC))
    await append(connection, *closed(request, status))
