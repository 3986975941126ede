"""What a live connection may follow, and the position of each topic, all read at one moment."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.http.rate_limits import Limits
from coterie.log.hub import Hub
from coterie.log.read import Log
from coterie.messages.own_votes import OwnVotes
from coterie.permissions import queries as permission_queries
from coterie.permissions.authority import Authority
from coterie.permissions.cache import TRIES, PermissionCache
from coterie.permissions.keys import Collections
from coterie.sync import queries


class Live(Protocol):
    """What a live connection works with."""

    @property
    def database(self) -> Database: ...

    @property
    def permissions(self) -> PermissionCache: ...

    @property
    def log(self) -> Log: ...

    @property
    def hub(self) -> Hub: ...

    @property
    def own_votes(self) -> OwnVotes: ...

    @property
    def limits(self) -> Limits: ...

    @property
    def collections(self) -> Collections: ...


@dataclass(frozen=True, slots=True)
class Followable:
    """Topics with the position of each and the server it belongs to (none for own data and conversations).

    `authority` are the permissions in servers.
    """

    positions: dict[UUID, int] = field(default_factory=dict)
    servers: dict[UUID, UUID | None] = field(default_factory=dict)
    authority: dict[UUID, Authority] = field(default_factory=dict)
    friends: list[UUID] = field(default_factory=list)


Also = Callable[[Connection], Awaitable[None]]
"""Reads more at the same moment."""


async def everything(live: Live, user_id: UUID, also: Also | None = None) -> Followable:
    """The user's own topic, all their servers with the channels that they may view, and all their conversations."""
    return await _read(live, user_id, None, also)


async def own_data(live: Live, user_id: UUID, also: Also | None = None) -> Followable:
    """Only the user's own topic."""
    return await _read(live, user_id, (), also)


async def one_server(live: Live, user_id: UUID, server_id: UUID) -> Followable:
    """A server with the channels that a user may view; nothing if they are not a member."""
    found = await _read(live, user_id, [server_id], None)
    del found.positions[user_id], found.servers[user_id]
    return found


async def one_conversation(live: Live, user_id: UUID, conversation_id: UUID, also: Also) -> Followable:
    """A conversation; nothing if the user is not a participant."""
    found = Followable()
    await _place(live.database, user_id, found, [conversation_id], also)
    return found


async def _read(live: Live, user_id: UUID, servers: Collection[UUID] | None, also: Also | None) -> Followable:
    """Compute permissions, then read the rest in one snapshot. If a server changed in between, start over."""
    for _ in range(TRIES):
        found = Followable()
        found.servers[user_id] = None
        for authority in await live.permissions.memberships(live.database, user_id, servers):
            assert authority.structure is not None, "it is of a server"
            server = authority.structure.server_id
            found.authority[server] = authority
            found.servers.update(dict.fromkeys((server, *authority.visible_channels), server))
            await asyncio.sleep(0)  # what they may view takes milliseconds, and `_place` notices what changes meanwhile
        if await _place(live.database, user_id, found, None if servers is None else (), also):
            return found
    raise CoterieError(errors.UNAVAILABLE, retry_after=1)


async def _place(
    database: Database, user_id: UUID, found: Followable, conversations: Collection[UUID] | None, also: Also | None
) -> bool:
    """Read all positions, and which of `conversations` (None: all) the user is a participant in.

    False if permissions in servers were computed at another position, or the user has joined one since.
    """
    joined: Collection[UUID] = ()
    async with (
        database.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        if conversations is None or conversations:
            taken = await queries.taken_part_in(connection, user_id, conversations)
            found.servers.update(dict.fromkeys(taken))
        states = await queries.states(connection, found.servers)
        if conversations is None:
            joined = await permission_queries.servers_of(connection, user_id)
            found.friends.extend(await queries.friends(connection, user_id))
        if also is not None:
            await also(connection)
    found.positions.update({topic: state.position for topic, state in states.items()})
    is_complete = found.authority.keys() >= set(joined)
    return is_complete and all(
        found.positions.get(server) == authority.as_of for server, authority in found.authority.items()
    )
