"""What a live connection may follow, and where all of that stands, as of one moment."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from coterie import errors
from coterie.database.connection import Connection, Database
from coterie.errors import CoterieError
from coterie.log.hub import Hub
from coterie.log.read import Log
from coterie.permissions.rights import TRIES, Rights, Seen
from coterie.sync import queries


class Live(Protocol):
    """What a live connection works with."""

    @property
    def database(self) -> Database: ...

    @property
    def rights(self) -> Rights: ...

    @property
    def log(self) -> Log: ...

    @property
    def hub(self) -> Hub: ...


@dataclass(frozen=True, slots=True)
class Following:
    """Topics with the position of each and the server it belongs to (none for the own affairs and conversations).

    `seen` are the rights in servers.
    """

    positions: dict[UUID, int] = field(default_factory=dict)
    servers: dict[UUID, UUID | None] = field(default_factory=dict)
    seen: dict[UUID, Seen] = field(default_factory=dict)
    friends: list[UUID] = field(default_factory=list)


Also = Callable[[Connection], Awaitable[None]]
"""Reads more as of the same moment."""


async def everything(live: Live, user_id: UUID, also: Also | None = None) -> Following:
    """The own affairs, all servers with the channels that one may view, and all conversations."""
    return await _following(live, user_id, None, also)


async def own(live: Live, user_id: UUID, also: Also | None = None) -> Following:
    """The own affairs alone."""
    return await _following(live, user_id, (), also)


async def one_server(live: Live, user_id: UUID, server_id: UUID) -> Following:
    """A server with the channels that one may view; nothing if one is no member."""
    found = await _following(live, user_id, [server_id], None)
    del found.positions[user_id], found.servers[user_id]
    return found


async def one_conversation(live: Live, user_id: UUID, conversation_id: UUID, also: Also) -> Following:
    """A conversation; nothing if one does not take part in it."""
    found = Following()
    await _place(live.database, user_id, found, [conversation_id], also)
    return found


async def _following(live: Live, user_id: UUID, servers: Collection[UUID] | None, also: Also | None) -> Following:
    """Rights are judged first and the rest is read after, in one snapshot; if a server moved on between, all again."""
    for _ in range(TRIES):
        found = Following()
        found.servers[user_id] = None
        for seen in await live.rights.memberships(live.database, user_id, servers):
            assert seen.structure is not None, "it is of a server"
            server = seen.structure.server_id
            found.seen[server] = seen
            found.servers.update(dict.fromkeys((server, *seen.visible_channels), server))
        if await _place(live.database, user_id, found, None if servers is None else (), also):
            return found
    raise CoterieError(errors.UNAVAILABLE, retry_after=1)


async def _place(
    database: Database, user_id: UUID, found: Following, conversations: Collection[UUID] | None, also: Also | None
) -> bool:
    """Read where everything stands, of `conversations` (None: all) those in which the user takes part.

    False if rights in servers were judged at another position.
    """
    async with (
        database.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        if conversations is None or conversations:
            taken = await queries.taken_part_in(connection, user_id, conversations)
            found.servers.update(dict.fromkeys(taken))
        standings = await queries.standings(connection, found.servers)
        if conversations is None:
            found.friends.extend(await queries.friends(connection, user_id))
        if also is not None:
            await also(connection)
    found.positions.update({topic: standing.position for topic, standing in standings.items()})
    return all(found.positions.get(server) == seen.as_of for server, seen in found.seen.items())
