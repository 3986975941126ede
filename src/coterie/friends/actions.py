"""End a friendship, block and unblock.

Each action takes the locks of both people's topics at once, in their order, and notifies both in one append. So two
people's actions against each other happen one after the other, even if they are made at the same time. A user who is
blocked sees only what the end of any friendship looks like.
"""

from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.feature import Core
from coterie.friends import queries
from coterie.friends.errors import TOO_MANY_BLOCKS
from coterie.friends.models import FriendRequest
from coterie.friends.relationship import Relationship, relationship_of
from coterie.log.append import Change, append, lock
from coterie.presence.publishing import withdraw

BLOCK_LIMIT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Friends:
    """What the actions of this package need; `cooling_off` is how long a declined sender must wait.

    If the instance `has_mail`, nobody is found by an address that is not verified.
    """

    database: Database
    cooling_off: timedelta
    has_mail: bool = False


def opened(core: Core) -> AbstractAsyncContextManager[Friends]:
    settings = core.settings
    cooling_off = timedelta(days=settings.friend_request_cooling_off)
    return nullcontext(Friends(core.database, cooling_off, settings.has_mail))


async def end_friendship(friends: Friends, user_id: UUID, friend: UUID) -> None:
    """End a friendship; a repeat changes nothing. The messages between the two stay."""
    async with friends.database.acquire() as connection, connection.transaction():
        await lock(connection, [user_id, friend])
        if await queries.end_friendship(connection, user_id, friend):
            await append(connection, *friendship_ended(user_id, friend))


async def block(friends: Friends, user_id: UUID, blocked: UUID) -> None:
    """Block a user, which ends friendship and requests; a repeat changes nothing.

    Raises NOT_YOURSELF, NOT_FOUND and TOO_MANY_BLOCKS.
    """
    if user_id == blocked:
        raise CoterieError(errors.NOT_YOURSELF)
    async with friends.database.acquire() as connection, connection.transaction():
        await lock(connection, [user_id, blocked])
        relationship = await relationship_of(connection, user_id, blocked)
        if relationship.own_state == "blocked":
            return
        if await queries.count_contacts(connection, [user_id], "blocked") >= BLOCK_LIMIT:
            raise CoterieError(TOO_MANY_BLOCKS)
        await queries.end_friendship(connection, user_id, blocked)
        made = await queries.block(connection, user_id, blocked, datetime.now(UTC))
        if made is None:
            raise CoterieError(errors.NOT_FOUND)
        await append(
            connection,
            Change(user_id, f"blocks/{blocked}", "BLOCK_CREATE", made),
            *(friendship_ended(user_id, blocked) if relationship.are_friends else []),
            *await _ended_request(connection, user_id, relationship),
        )
        await withdraw(connection, user_id, blocked)


async def unblock(friends: Friends, user_id: UUID, blocked: UUID) -> None:
    """Unblock a user; a repeat changes nothing."""
    async with friends.database.acquire() as connection, connection.transaction():
        await lock(connection, [user_id])
        if await queries.unblock(connection, user_id, blocked):
            gone = {"user_id": blocked}
            await append(connection, Change(user_id, f"blocks/{blocked}", "BLOCK_DELETE", gone, is_removal=True))


def friendship_ended(one: UUID, other: UUID) -> list[Change]:
    """The changes that notify both of the end of a friendship; `user_id` is the former friend."""
    return [
        Change(mine, f"contacts/{friend}", "CONTACT_DELETE", {"user_id": friend}, is_removal=True)
        for mine, friend in ((one, other), (other, one))
    ]


def closed(request: FriendRequest, status: str) -> list[Change]:
    """The changes that notify both that a request is no longer open."""
    gone = {"id": request.id, "status": status}
    return [
        Change(user_id, f"friend_requests/{request.id}", "FRIEND_REQUEST_DELETE", gone, is_removal=True)
        for user_id in (request.from_user_id, request.to_user_id)
    ]


async def _ended_request(connection: Connection, blocker: UUID, relationship: Relationship) -> list[Change]:
    """End an open request as if it had been cancelled or declined."""
    request = await queries.request(connection, relationship.pending_id) if relationship.pending_id else None
    if request is None:
        return []
    status = "cancelled" if request.from_user_id == blocker else "rejected"
    await queries.close_request(connection, request.id, status, datetime.now(UTC))
    return closed(request, status)
