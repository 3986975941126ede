"""A reader who stands somewhere in a topic and is woken when it moves on.

The hub hands over what happens; what does not fit into the bounded queue is read from the log instead. So catching up
after an absence and falling behind are the same code, a slow reader costs nothing but its own lag, and nobody is sent
a change twice or out of order. Losing the right to the topic ends the cursor at once, whatever is still waiting.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from coterie import errors
from coterie.accounts import queries as accounts
from coterie.accounts.models import Viewer
from coterie.database.connection import Connection
from coterie.errors import CoterieError
from coterie.log import versions
from coterie.log.event import Event
from coterie.log.hub import Hub
from coterie.log.read import PAGE, Log
from coterie.services import Services
from coterie.sync import queries
from coterie.sync.collections import Collection, Target, find
from coterie.sync.queries import Standing

QUEUE_LIMIT: Final = 256
"""Events that wait for one reader; beyond it they are read from the log when their turn comes."""


STREAMS_LIMIT: Final = 200
"""Streams and sockets of one account in one process."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a reader begins: at `version`, with `content` if they have nothing yet. `current` is the newest version."""

    version: str
    current: str
    content: bytes | None


class Cursor:
    """A subscriber of the hub."""

    def __init__(self, collection: Collection, log: Log, hub: Hub) -> None:
        self.collection: Final = collection
        self.position = 0
        self.is_ended = False
        self._log: Final = log
        self._hub: Final = hub
        self._queue: Final[deque[Event]] = deque()
        self._removals: Final[list[Event]] = []
        self._known: Mapping[UUID, int] | None = None
        self._is_behind = False
        self._wake: Final = asyncio.Event()

    async def open(self) -> None:
        """Listen from now on; what is delivered before `start` is kept until then."""
        await self._hub.subscribe(self, self.collection.topics)

    def start(self, position: int, known: Mapping[UUID, int]) -> None:
        """Begin after a position; `known` is where the topics stood when the right to follow was looked at."""
        self.position = position
        self._known = known
        self._is_behind = self._is_behind or position < known[self.collection.topic]
        for removal in self._removals:
            self._judge(removal)
        self._wake.set()

    def close(self) -> None:
        self._hub.unsubscribe(self, self.collection.topics)
        self._queue.clear()

    def end(self) -> None:
        """Stop, whatever still waits."""
        self.is_ended = True
        self._wake.set()

    def deliver(self, event: Event) -> None:
        """Take an event from the hub."""
        if event.is_removal and event.topic is not None:
            self._judge(event)
        if event.topic != self.collection.topic or self._is_behind:
            return
        if len(self._queue) < QUEUE_LIMIT:
            self._queue.append(event)
        else:
            self._fall_behind()
        self._wake.set()

    def wake(self) -> None:
        """Let whoever waits go on, though nothing has happened."""
        self._wake.set()

    async def wait(self) -> None:
        """Until something happens."""
        await self._wake.wait()
        self._wake.clear()

    async def pending(self) -> AsyncIterator[Event]:
        """What is known to have happened since the position, in order; each taken moves the position on."""
        while not self.is_ended:
            events = await self._read() if self._is_behind else self._queued()
            if not events and not self._queue and not self._is_behind:
                return
            for event in events:
                if event.position > self.position and not self.is_ended:
                    self.position = event.position
                    yield event

    def _queued(self) -> list[Event]:
        events = list(self._queue)
        self._queue.clear()
        return events

    async def _read(self) -> list[Event]:
        """A page of the log. What is delivered meanwhile is kept if the page turns out to be the last."""
        self._is_behind = False
        topic = self.collection.topic
        _, events = await self._log.after(topic, self.position, self._hub.position(topic))
        if len(events) >= PAGE:
            self._fall_behind()
        return events

    def _fall_behind(self) -> None:
        self._queue.clear()
        self._is_behind = True

    def _judge(self, removal: Event) -> None:
        """End if this took the right away after it was looked at."""
        if self._known is None:
            self._removals.append(removal)
        elif (removal.topic, removal.key) in self.collection.endings and self._is_news(removal, self._known):
            self.end()

    @staticmethod
    def _is_news(removal: Event, known: Mapping[UUID, int]) -> bool:
        return removal.topic is not None and removal.position > known.get(removal.topic, 0)


@asynccontextmanager
async def following(
    services: Services, viewer: Viewer, target: Target, parents: list[str]
) -> AsyncIterator[tuple[Cursor, Opening]]:
    """A cursor on a collection: after one of the versions `parents`, or without a usable one after a fresh snapshot.

    It listens before the snapshot is read, and the right is looked at in the snapshot's own transaction, so that there
    is no moment of which it would not hear.
    """
    if services.hub.count(viewer.user_id) >= STREAMS_LIMIT:
        raise CoterieError(errors.RATE_LIMITED, "This account has as many streams open as it may.", retry_after=5)
    cursor = Cursor(await find(services.database, viewer, target), services.log, services.hub)
    try:
        await cursor.open()
        async with (
            services.database.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            collection = await find(connection, viewer, target)
            if await accounts.viewer(connection, viewer.user_id, viewer.session_id) is None:
                raise CoterieError(errors.SESSION_ENDED)  # it may have been remembered a moment too long
            standings = await queries.standings(connection, collection.topics)
            opening, position = await _opening(connection, collection, standings, parents)
        cursor.start(position, {topic: standing.position for topic, standing in standings.items()})
        yield cursor, opening
    finally:
        cursor.close()


async def snapshot(services: Services, viewer: Viewer, target: Target) -> Opening:
    """A collection as it stands."""
    async with (
        services.database.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        collection = await find(connection, viewer, target)
        standings = await queries.standings(connection, [collection.topic])
        opening, _ = await _opening(connection, collection, standings, [])
    return opening


async def positions_of(connection: Connection, collection: Collection, names: list[str]) -> dict[str, int]:
    """The positions that version ids mean, the server's own and those of clients; unknown ones are missing."""
    found: dict[str, int] = {}
    for name in names:
        position = collection.position(name)
        if position is None:
            position = await versions.position_of(connection, collection.topic, name)
        if position is not None:
            found[name] = position
    return found


async def name_of(connection: Connection, collection: Collection, position: int) -> str:
    """The version id under which a position is announced: the client's if it gave one, else the server's."""
    names = await versions.names_of(connection, collection.topic, [position])
    return names.get(position) or collection.name(position)


async def _opening(
    connection: Connection, collection: Collection, standings: Mapping[UUID, Standing], parents: list[str]
) -> tuple[Opening, int]:
    standing = standings.get(collection.topic)
    if standing is None:
        raise CoterieError(errors.NOT_FOUND)
    current = await name_of(connection, collection, standing.position)
    known = await positions_of(connection, collection, parents)
    usable = {name: at for name, at in known.items() if standing.floor <= at <= standing.position}
    if usable:
        first = min(usable, key=lambda name: usable[name])  # the least that they have for certain
        return Opening(first, current, None), usable[first]
    content = msgspec.json.encode(await collection.values(connection))
    return Opening(current, current, content), standing.position
