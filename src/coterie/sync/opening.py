"""Where a reader of a topic begins: with a snapshot, or after the version that the client has.

The reader subscribes before the snapshot is read, and access to the topic is checked in the snapshot's own transaction,
so that no change falls in between.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

import msgspec

from coterie import errors
from coterie.accounts import session_queries
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log import versions
from coterie.messages.limits import READINGS
from coterie.permissions.cache import TRIES
from coterie.servers.limits import SNAPSHOTS
from coterie.servers.snapshots import SnapshotKey
from coterie.services.making import Services
from coterie.sync import queries
from coterie.sync.addresses import Target
from coterie.sync.collections import Collection, find
from coterie.sync.queries import TopicState
from coterie.sync.topic_reader import TopicReader
from coterie.viewer import Viewer

STREAMS_LIMIT: Final = 200
"""Streams and sockets of one account in one process."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a reader begins: at `version`, with `content` if they have nothing yet. `current` is the newest version."""

    version: str
    current: str
    content: bytes | None


@asynccontextmanager
async def reading(
    services: Services, viewer: Viewer, target: Target, parents: list[str]
) -> AsyncIterator[tuple[TopicReader, Opening]]:
    """A reader of a collection, after one of the versions `parents`; without a usable one, after a fresh snapshot."""
    check_streams(services, viewer)
    reader = TopicReader(await find(services, viewer, target), services.log, services.hub, services.collections)
    try:
        await reader.open()
        begun = await _begin(services, viewer, target, parents)
        reader.start(begun.collection, begun.position, begun.known)
        if parents:
            services.hub.tally.resumed["stream", "replayed" if begun.opening.content is None else "reset"] += 1
        yield reader, begun.opening
    finally:
        reader.close()


def check_streams(services: Services, viewer: Viewer) -> None:
    """Raises RATE_LIMITED if an account has reached its limit of open streams."""
    if services.hub.count(viewer.user_id) >= STREAMS_LIMIT:
        raise CoterieError(
            errors.RATE_LIMITED, "This account has too many open streams. Close one first.", retry_after=5
        )


def check_everything(services: Services, viewer: Viewer) -> None:
    """Raises RATE_LIMITED for an account that may not follow everything now, since it has read too much lately."""
    check_streams(services, viewer)
    services.limits.action(READINGS, viewer.user_id, 0)


async def snapshot(services: Services, viewer: Viewer, target: Target) -> Opening:
    """The current state of a collection."""
    return (await _begin(services, viewer, target, [])).opening


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a reader is sent first, and the positions of all topics at that moment."""

    collection: Collection
    opening: Opening
    position: int
    known: dict[UUID, int]


async def _begin(services: Services, viewer: Viewer, target: Target, parents: list[str]) -> Beginning:
    finding = partial(find, services, viewer, target)
    async with (
        services.costly_turns.turn(viewer.user_id),
        judged(services, viewer, finding) as (connection, collection, states),
    ):
        opening, position = await _opening(services, connection, collection, states, parents)
        return Beginning(collection, opening, position, positions(states))


@asynccontextmanager
async def judged(
    services: Services, viewer: Viewer, find: Callable[[], Awaitable[Collection]]
) -> AsyncIterator[tuple[Connection, Collection, Mapping[UUID, TopicState]]]:
    """Check access, then read the positions in one snapshot, at which that access is still valid.

    If the server changed in between, start over.
    """
    for _ in range(TRIES):
        collection = await find()
        async with (
            services.database.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            if await session_queries.viewer(connection, viewer.user_id, viewer.session_id) is None:
                raise CoterieError(errors.SESSION_ENDED)  # the cached session may be a moment out of date
            if collection.watched.conversation is not None:
                await _check_still_takes_part(connection, viewer, collection.watched.conversation)
            states = await queries.states(connection, collection.topics)
            home = states.get(collection.home) if collection.home is not None else None
            if collection.authority is None or (home is not None and home.position == collection.authority.as_of):
                yield connection, collection, states
                return
    raise CoterieError(errors.UNAVAILABLE, retry_after=1)


def positions(states: Mapping[UUID, TopicState]) -> dict[UUID, int]:
    return {topic: state.position for topic, state in states.items()}


async def _check_still_takes_part(connection: Connection, viewer: Viewer, conversation: UUID) -> None:
    """Raises NOT_FOUND for a user who left since access was checked: a reader of this snapshot gets no event for it."""
    if not await queries.taken_part_in(connection, viewer.user_id, [conversation]):
        raise CoterieError(errors.NOT_FOUND)


async def positions_of(connection: Connection, collection: Collection, names: list[str]) -> dict[str, int]:
    """The positions of version ids, the server's own and those of clients; unknown ones are left out."""
    found: dict[str, int] = {}
    for name in names:
        position = collection.position(name)
        if position is None:
            position = await versions.position_of(connection, collection.topic, name)
        if position is not None:
            found[name] = position
    return found


async def least_position(
    connection: Connection, collection: Collection, names: list[str], state: TopicState
) -> int | None:
    """The position up to which a viewer with these versions certainly has everything; None if unknown."""
    found: list[int] = []
    for name in names:
        position = collection.position(name)
        if position is None:
            position = await versions.certain_position(connection, collection.topic, name, collection.watched.user_id)
        if position is not None and state.floor <= position <= state.position:
            found.append(position)
    return min(found, default=None)


async def name_of(connection: Connection, collection: Collection, position: int) -> str:
    """The version id by which the viewer knows a position: the client's if it gave one, else the server's."""
    given = (await versions.names_of(connection, collection.topic, [position])).get(position)
    is_told = given is not None and given.unnamed_for != collection.watched.user_id
    return given.text if given is not None and is_told else collection.name(position)


async def _opening(
    services: Services,
    connection: Connection,
    collection: Collection,
    states: Mapping[UUID, TopicState],
    parents: list[str],
) -> tuple[Opening, int]:
    state = states.get(collection.topic)
    if state is None:
        raise CoterieError(errors.NOT_FOUND)
    current = await name_of(connection, collection, state.position)
    first = await least_position(connection, collection, parents, state)
    if first is not None and not await _has_changed_view(connection, collection, first):
        return Opening(await _version_for(connection, collection, first, parents), current, None), first
    content = await _content(services, connection, collection, state.position)
    return Opening(current, current, content), state.position


async def _content(services: Services, connection: Connection, collection: Collection, position: int) -> bytes:
    """The whole collection, encoded. That of a server has all its members, so it has a price and is shared."""

    async def read() -> bytes:
        return msgspec.json.encode(await collection.values(connection))

    if not collection.is_server:
        return await read()
    services.limits.action(SNAPSHOTS, collection.watched.user_id)  # a client that resumes needs none
    key = SnapshotKey(collection.topic, position, collection.visible, collection.restricted)
    return await services.server_snapshots.read(key, read)


async def _version_for(connection: Connection, collection: Collection, position: int, parents: list[str]) -> str:
    """The version id that the reader uses for a position."""
    name = await name_of(connection, collection, position)
    return collection.name(position) if collection.name(position) in parents else name


async def _has_changed_view(connection: Connection, collection: Collection, since: int) -> bool:
    """Whether what the viewer may see of a server changed since a position: a resume would not cover all of it."""
    if collection.authority is None or collection.home != collection.topic:
        return False
    return await queries.has_decisive_change(connection, collection.topic, collection.authority.user_id, since)
