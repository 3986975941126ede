"""The life of a friend request: sent, then accepted, declined or cancelled.

Two people have at most one open request between them; sending one in the other direction accepts it. Everything is
judged under the locks of both people's topics, and both are notified in one append. Accepting makes them friends and
leaves them exactly one direct conversation, in the same transaction. A repeat changes nothing and gets the same answer.
"""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from msgspec.structs import asdict

from coterie import errors
from coterie.accounts import email_address
from coterie.accounts import queries as accounts
from coterie.accounts.queries import hold
from coterie.conversations import queries as conversations
from coterie.conversations.opening import open_direct
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.friends import queries
from coterie.friends.actions import Friends, closed
from coterie.friends.errors import (
    BLOCKED_BY_YOU,
    COOLING_OFF,
    NOBODY_TO_ASK,
    NOT_THE_RECIPIENT,
    NOT_THE_SENDER,
    REQUEST_CLOSED,
    TOO_MANY_FRIENDS,
    TOO_MANY_REQUESTS,
)
from coterie.friends.models import Contact, Friend, FriendRequest, RequestCreation, RequestOutcome
from coterie.friends.relationship import NOBODY, Relationship, relationship_of
from coterie.identifiers import new_id
from coterie.log.append import Change, append, lock

FRIEND_LIMIT: Final = 1_000
OUTGOING_LIMIT: Final = 100
INCOMING_LIMIT: Final = 1_000
"""Open requests to one person; further requests are refused until some of them are answered."""


async def ask(friends: Friends, user_id: UUID, creation: RequestCreation) -> RequestOutcome:
    """Send a friend request, or accept the one that the other user has sent.

    What the rules forbid is returned, not raised. For a user who cannot be asked, the answer is the same as for one who
    does not exist.
    """
    other = await _whom(friends, creation)
    if other == user_id:
        return _refused(CoterieError(errors.NOT_YOURSELF))
    async with friends.database.acquire() as connection, connection.transaction():
        await _lock(connection, user_id, other)
        relationship = await relationship_of(connection, user_id, other)
        if refusal := _refusal(friends, user_id, relationship, is_by_email=creation.to_email is not None):
            return _refused(refusal, relationship)
        if relationship.pending_id is not None:
            return await _ask_back(connection, user_id, relationship.pending_id)
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
    """Accept or decline a request that the user received; returns their direct conversation if it was accepted.

    Raises NOT_FOUND, NOT_THE_RECIPIENT, REQUEST_CLOSED and TOO_MANY_FRIENDS.
    """
    async with friends.database.acquire() as connection, connection.transaction():
        request = await _locked(connection, user_id, request_id)
        if request.to_user_id != user_id:
            raise CoterieError(NOT_THE_RECIPIENT)
        if request.status != "pending":
            return await _repeated(connection, request, accept=accept)
        if accept:
            return await _accept(connection, request)
        await _close(connection, request, "rejected")
        return None


async def cancel(friends: Friends, user_id: UUID, request_id: UUID) -> None:
    """Cancel a request that the user sent. Raises NOT_FOUND, NOT_THE_SENDER and REQUEST_CLOSED."""
    async with friends.database.acquire() as connection, connection.transaction():
        request = await _locked(connection, user_id, request_id)
        if request.from_user_id != user_id:
            raise CoterieError(NOT_THE_SENDER)
        if request.status == "pending":
            await _close(connection, request, "cancelled")
        elif request.status != "cancelled":
            raise CoterieError(REQUEST_CLOSED)


async def _whom(friends: Friends, creation: RequestCreation) -> UUID:
    """The recipient; NOBODY if there is no such account. Raises INVALID unless they are named in exactly one way."""
    ways = {"to_email": creation.to_email, "to_username": creation.to_username, "to_user_id": creation.to_user_id}
    if sum(way is not None for way in ways.values()) != 1:
        reason = f"give one of {', '.join(ways)}"
        raise CoterieError(errors.INVALID, f"Name one person to ask: {reason}.", fields=dict.fromkeys(ways, reason))
    if creation.to_user_id is not None:
        return creation.to_user_id
    if creation.to_username is not None:
        return await accounts.find_by_username(friends.database, creation.to_username.strip()) or NOBODY
    assert creation.to_email is not None, "one of them is given"
    address = email_address.checked(creation.to_email.strip(), field="to_email")
    find = accounts.find_by_verified_email if friends.has_mail else accounts.find_by_email
    return await find(friends.database, address) or NOBODY


def _refusal(friends: Friends, user_id: UUID, relationship: Relationship, *, is_by_email: bool) -> CoterieError | None:
    """Why a request is refused; None if it is not.

    An address reveals nothing about its owner until the owner allows it: a user who takes no requests seems not to
    exist, even to friends who know them by name.
    """
    is_open = relationship.takes_requests and relationship.own_state != "blocked"
    if is_by_email and not relationship.knows_email and not is_open:
        return CoterieError(NOBODY_TO_ASK)
    if relationship.own_state == "blocked":
        return CoterieError(BLOCKED_BY_YOU)
    if relationship.are_friends:
        return CoterieError(errors.ALREADY_FRIENDS)
    if relationship.pending_id is not None:
        return CoterieError(errors.REQUEST_PENDING) if relationship.pending_from == user_id else None
    if not relationship.takes_requests:
        return CoterieError(NOBODY_TO_ASK)
    if relationship.is_cooling_off(datetime.now(UTC), friends.cooling_off):
        return CoterieError(COOLING_OFF)
    return None


def _refused(error: CoterieError, relationship: Relationship | None = None) -> RequestOutcome:
    """The answer if the rules forbid a request; one that is already open is named."""
    if relationship is not None and error.entry is errors.REQUEST_PENDING:
        return RequestOutcome(False, relationship.pending_id, "pending", error=error.sentence, code=error.entry.code)
    return RequestOutcome(False, error=error.sentence, code=error.entry.code)


async def _ask(connection: Connection, new: queries.NewRequest) -> RequestOutcome:
    """Store the request and notify both, if neither has reached a limit."""
    sent, waiting = await queries.count_pending(connection, new.sender, new.recipient)
    if sent >= OUTGOING_LIMIT:
        return _refused(CoterieError(TOO_MANY_REQUESTS))
    if waiting >= INCOMING_LIMIT:
        return _refused(CoterieError(NOBODY_TO_ASK))
    request = await queries.insert_request(connection, new)
    key = f"friend_requests/{request.id}"
    await append(
        connection,
        *(Change(user, key, "FRIEND_REQUEST_CREATE", request) for user in (new.sender, new.recipient)),
    )
    return RequestOutcome(True, request.id, "pending")


async def _ask_back(connection: Connection, user_id: UUID, request_id: UUID) -> RequestOutcome:
    """Accept the request that the other user sent before."""
    request = await queries.request(connection, request_id)
    assert request is not None, "it cannot go away under the locks of both"
    try:
        return RequestOutcome(True, request.id, "accepted", await _accept(connection, request))
    except CoterieError as refusal:
        return _refused(refusal)


async def _locked(connection: Connection, user_id: UUID, request_id: UUID) -> FriendRequest:
    """A request that the user sent or received, read under the locks of both; NOT_FOUND otherwise."""
    found = await queries.request(connection, request_id)
    if found is None or user_id not in (found.from_user_id, found.to_user_id):
        raise CoterieError(errors.NOT_FOUND)
    await _lock(connection, found.from_user_id, found.to_user_id)
    request = await queries.request(connection, request_id)
    if request is None:
        raise CoterieError(errors.NOT_FOUND)
    return request


async def _lock(connection: Connection, one: UUID, other: UUID) -> None:
    """Lock both people's topics, and before them their profiles, so that a new friend gets final data."""
    await hold(connection, [one, other])
    await lock(connection, [one, other])


async def _repeated(connection: Connection, request: FriendRequest, *, accept: bool) -> UUID | None:
    """The result if the request was answered the same way before, and that still holds; otherwise REQUEST_CLOSED."""
    relationship = await relationship_of(connection, request.to_user_id, request.from_user_id)
    if request.status == ("accepted" if accept else "rejected") and relationship.are_friends == accept:
        pair = sorted((request.from_user_id, request.to_user_id))
        return await conversations.direct(connection, *pair) if accept else None
    raise CoterieError(REQUEST_CLOSED)


async def _accept(connection: Connection, request: FriendRequest) -> UUID:
    """Make the two friends; returns their conversation."""
    sender, recipient = request.from_user_id, request.to_user_id
    if await queries.count_contacts(connection, [sender, recipient], "friend") >= FRIEND_LIMIT:
        raise CoterieError(TOO_MANY_FRIENDS)
    now = datetime.now(UTC)
    await queries.close_request(connection, request.id, "accepted", now)
    made = await queries.befriend(connection, sender, recipient, now, knows_email=bool(request.to_email))
    changes = [*closed(request, "accepted"), *(_befriended(contact) for contact in made)]
    conversation, _ = await open_direct(connection, sender, recipient, *changes)
    return conversation


def _befriended(contact: Contact) -> Change:
    """The change for a user who has a new friend; its live event also says whether the friend is online."""
    fields = asdict(contact)
    value = Friend(**{name: fields.pop(name) for name in Friend.__struct_fields__})
    key = f"contacts/{contact.contact_user_id}"
    return Change(contact.user_id, key, "CONTACT_CREATE", value, extra=fields)


async def _close(connection: Connection, request: FriendRequest, status: str) -> None:
    await queries.close_request(connection, request.id, status, datetime.now(UTC))
    await append(connection, *closed(request, status))
