"""What one can do about somebody: part as friends, block, unblock.

All of it happens under the locks of both people's topics, taken at once and in their order, and is told to both in one
append. So two people's deeds against each other happen one after the other, however much at once they are done. Who is
blocked is told only what any parting looks like.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.friends import queries
from coterie.friends.models import FriendRequest
from coterie.friends.standing import Standing, standing
from coterie.log.append import Change, append, lock
from coterie.presence.telling import withdraw

BLOCK_LIMIT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Friends:
    """What the actions of this room work with; `cooling_off` is how long a declined sender waits."""

    database: Database
    cooling_off: timedelta


async def part(friends: Friends, user_id: UUID, friend: UUID) -> None:
    """End a friendship; a repeat changes nothing. What the two said to each other stays."""
    async with friends.database.acquire() as connection, connection.transaction():
        await lock(connection, [user_id, friend])
        if await queries.part(connection, user_id, friend):
            await append(connection, *parted(user_id, friend))


async def block(friends: Friends, user_id: UUID, blocked: UUID) -> None:
    """Keep somebody away: ends friendship and requests; a repeat changes nothing.

    Raises NOT_YOURSELF, NOT_FOUND and TOO_MANY_BLOCKS.
    """
    if user_id == blocked:
        raise CoterieError(errors.NOT_YOURSELF)
    async with friends.database.acquire() as connection, connection.transaction():
        await lock(connection, [user_id, blocked])
        stands = await standing(connection, user_id, blocked)
        if stands.own_state == "blocked":
            return
        if await queries.count_contacts(connection, [user_id], "blocked") >= BLOCK_LIMIT:
            raise CoterieError(errors.TOO_MANY_BLOCKS)
        await queries.part(connection, user_id, blocked)
        made = await queries.block(connection, user_id, blocked, datetime.now(UTC))
        if made is None:
            raise CoterieError(errors.NOT_FOUND)
        await append(
            connection,
            Change(user_id, f"blocks/{blocked}", "BLOCK_CREATE", made),
            *(parted(user_id, blocked) if stands.are_friends else []),
            *await _ended_request(connection, user_id, stands),
        )
        await withdraw(connection, user_id, blocked)


async def unblock(friends: Friends, user_id: UUID, blocked: UUID) -> None:
    """Let somebody come near again; a repeat changes nothing."""
    async with friends.database.acquire() as connection, connection.transaction():
        await lock(connection, [user_id])
        if await queries.unblock(connection, user_id, blocked):
            gone = {"user_id": blocked}
            await append(connection, Change(user_id, f"blocks/{blocked}", "BLOCK_DELETE", gone, is_removal=True))


def parted(one: UUID, other: UUID) -> list[Change]:
    """What both are told of the end of a friendship: `user_id` is who was the friend."""
    return [
        Change(mine, f"contacts/{friend}", "CONTACT_DELETE", {"user_id": friend}, is_removal=True)
        for mine, friend in ((one, other), (other, one))
    ]


def closed(request: FriendRequest, status: str) -> list[Change]:
    """What both are told when a request is no longer open."""
    gone = {"id": request.id, "status": status}
    return [
        Change(user_id, f"friend_requests/{request.id}", "FRIEND_REQUEST_DELETE", gone, is_removal=True)
        for user_id in (request.from_user_id, request.to_user_id)
    ]


async def _ended_request(connection: Connection, blocker: UUID, stands: Standing) -> list[Change]:
    """End an open request as if it had been taken back, or declined."""
    request = await queries.request(connection, stands.pending_id) if stands.pending_id else None
    if request is None:
        return []
    status = "cancelled" if request.from_user_id == blocker else "rejected"
    await queries.close_request(connection, request.id, status, datetime.now(UTC))
    return closed(request, status)
