"""A reader who stands somewhere in a topic and is woken when it moves on.

The hub hands over what happens; what does not fit into the bounded queue is read from the log instead. So catching up
after an absence and falling behind are the same code, a slow reader costs nothing but its own lag, and nobody is sent
a change twice or out of order. Losing the right to the topic ends the cursor at once, whatever is still waiting.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
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
from coterie.log.read import PAGE_SIZE, Log
from coterie.permissions.rights import TRIES, Seen
from coterie.permissions.structure import standing_of
from coterie.services import Services
from coterie.sync import queries
from coterie.sync.collections import Collection, Target, find
from coterie.sync.hearing import kind_of, may_hear, restricted
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

    kind: Final = "stream"

    def __init__(self, collection: Collection, log: Log, hub: Hub) -> None:
        self.collection = collection
        self.position = 0
        self.is_ended = False
        self._log: Final = log
        self._hub: Final = hub
        self._queue: Final[deque[Event]] = deque()
        self._removals: Final[list[Event]] = []
        self._known: Mapping[UUID, int] | None = None
        self._seen: Seen | None = None
        self._unreviewed: Final[list[Event]] = []
        self._visible: frozenset[UUID] = frozenset()
        self._restricted: frozenset[str] = frozenset()
        self._ever: set[UUID] = set()
        self._told: Final[set[UUID]] = set()
        self._is_unjudged = False
        self._is_behind = False
        self._wake: Final = asyncio.Event()

    async def open(self) -> None:
        """Listen from now on; what is delivered before `start` is kept until then."""
        self._hub.tally.queues.add(self)
        await self._hub.subscribe(self, self.collection.topics)

    def start(self, collection: Collection, position: int, known: Mapping[UUID, int]) -> None:
        """Begin after a position; `known` is where the topics stood when the right to follow was looked at."""
        self.collection = collection
        self.position = position
        self._known = known
        self._seen, self._visible = collection.seen, collection.visible
        self._restricted = collection.restricted
        self._ever |= collection.visible
        self._is_behind = self._is_behind or position < known[collection.topic]
        for event in self._unreviewed:
            self._review(event)
        for removal in self._removals:
            self._judge(removal)
        self._wake.set()

    @property
    def waiting(self) -> int:
        """Events that wait to be sent."""
        return len(self._queue)

    def close(self) -> None:
        self._hub.tally.queues.discard(self)
        self._hub.unsubscribe(self, self.collection.topics)
        self._queue.clear()

    def end(self) -> None:
        """Stop, whatever still waits."""
        self.is_ended = True
        self._wake.set()

    def cut(self) -> None:
        """Stop, since whoever is told does not take it."""
        self._hub.tally.ended["too_slow"] += 1
        self.end()

    def deliver(self, event: Event) -> None:
        """Take an event from the hub."""
        if event.is_removal and event.topic is not None:
            self._judge(event)
        if event.topic is not None and event.topic == self.collection.home:
            self._review(event)
        if event.topic != self.collection.topic or self._is_behind:
            return
        if len(self._queue) < QUEUE_LIMIT:
            self._queue.append(event)
        else:
            self._hub.tally.fell_behind += 1
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
        while not self.is_ended and not self._is_unjudged:
            events = await self._read() if self._is_behind else self._queued()
            if not events and not self._queue and not self._is_behind:
                return
            for event in events:
                if event.position > self.position and self._may_hear(event) and not self.is_ended:
                    self.position = event.position
                    yield event

    def _review(self, event: Event) -> None:
        """End if a change of the server means that the viewer may view something else than before.

        Whoever comes again gets a snapshot of what they may view then, or nothing.
        """
        seen = self._seen
        if seen is None or seen.structure is None or seen.standing is None:
            self._unreviewed.append(event)
            return
        seen.structure.apply(event.position, event.key, event.data, is_removal=event.is_removal)
        if event.key == f"members/{seen.user_id}" and event.position > seen.standing.as_of:
            standing = standing_of(event.position, event.data, is_removal=event.is_removal)
            seen = self._seen = replace(seen, standing=standing)
        if self.collection.topic == self.collection.home:
            self._review_structure(event, seen)
        elif self.collection.channel not in seen.visible_channels:
            self.end()

    def _review_structure(self, event: Event, seen: Seen) -> None:
        """What one may view changes with channels that come and go, of which one is told, or else the cursor ends.

        A request may have brought the structure further than the bus has told so far: then everything waits until
        the bus has told as much, since only then it is known what explains the difference.
        """
        if kind_of(event.key) == "channels" and event.channel is not None:
            self._told.add(event.channel)
        assert seen.structure is not None, "it is a server's"
        self._is_unjudged = seen.structure.position > event.position
        if self._is_unjudged:
            return
        visible = seen.visible_channels
        if not self._told.issuperset(self._visible ^ visible) or restricted(seen) != self._restricted:
            self.end()
        self._visible = visible
        self._ever |= visible
        self._told.clear()

    def _may_hear(self, event: Event) -> bool:
        """What is of the collection. Of a server's structure only what concerns what one may view, or one did."""
        if not self.collection.takes(event.key):
            return False
        if self._seen is None or event.topic != self.collection.home:
            return True
        return may_hear(event, self._seen, self._ever if event.is_removal else self._visible)

    def _queued(self) -> list[Event]:
        events = list(self._queue)
        self._queue.clear()
        return events

    async def _read(self) -> list[Event]:
        """A page of the log. What is delivered meanwhile is kept if the page turns out to be the last."""
        self._is_behind = False
        topic = self.collection.topic
        page = await self._log.after(topic, self.position, self._hub.position(topic))
        if len(page.events) >= PAGE_SIZE:
            self._fall_behind()
        return page.events

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
    check_streams(services, viewer)
    cursor = Cursor(await find(services, viewer, target), services.log, services.hub)
    try:
        await cursor.open()
        begun = await _begin(services, viewer, target, parents)
        cursor.start(begun.collection, begun.position, begun.known)
        if parents:
            services.hub.tally.resumed["stream", "replayed" if begun.opening.content is None else "reset"] += 1
        yield cursor, begun.opening
    finally:
        cursor.close()


def check_streams(services: Services, viewer: Viewer) -> None:
    """Raises RATE_LIMITED for an account that has as many streams open as it may."""
    if services.hub.count(viewer.user_id) >= STREAMS_LIMIT:
        raise CoterieError(errors.RATE_LIMITED, "This account has as many streams open as it may.", retry_after=5)


async def snapshot(services: Services, viewer: Viewer, target: Target) -> Opening:
    """A collection as it stands."""
    return (await _begin(services, viewer, target, [])).opening


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a reader is given first, and where everything stood at that moment."""

    collection: Collection
    opening: Opening
    position: int
    known: dict[UUID, int]


async def _begin(services: Services, viewer: Viewer, target: Target, parents: list[str]) -> Beginning:
    async with judged(services, viewer, partial(find, services, viewer, target)) as (connection, collection, standings):
        opening, position = await _opening(connection, collection, standings, viewer.user_id, parents)
        return Beginning(collection, opening, position, positions(standings))


@asynccontextmanager
async def judged(
    services: Services, viewer: Viewer, find: Callable[[], Awaitable[Collection]]
) -> AsyncIterator[tuple[Connection, Collection, Mapping[UUID, Standing]]]:
    """Judge the right to follow, then read in one snapshot, of which the right is too: where everything stands there.

    If the server moved on between, all again.
    """
    for _ in range(TRIES):
        collection = await find()
        async with (
            services.database.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            if await accounts.viewer(connection, viewer.user_id, viewer.session_id) is None:
                raise CoterieError(errors.SESSION_ENDED)  # it may have been remembered a moment too long
            if collection.conversation is not None:
                await _check_still_takes_part(connection, viewer, collection.conversation)
            standings = await queries.standings(connection, collection.topics)
            home = standings.get(collection.home) if collection.home is not None else None
            if collection.seen is None or (home is not None and home.position == collection.seen.as_of):
                yield connection, collection, standings
                return
    raise CoterieError(errors.UNAVAILABLE, retry_after=1)


def positions(standings: Mapping[UUID, Standing]) -> dict[UUID, int]:
    return {topic: standing.position for topic, standing in standings.items()}


async def _check_still_takes_part(connection: Connection, viewer: Viewer, conversation: UUID) -> None:
    """Raises NOT_FOUND for somebody who left since they were judged: in this snapshot their leaving is no news."""
    if not await queries.taken_part_in(connection, viewer.user_id, [conversation]):
        raise CoterieError(errors.NOT_FOUND)


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


async def least_position(
    connection: Connection, collection: Collection, reader: UUID, names: list[str], standing: Standing
) -> int | None:
    """Up to where a reader who has these versions has everything for certain; None if that is not known."""
    found: list[int] = []
    for name in names:
        position = collection.position(name)
        if position is None:
            position = await versions.certain_position(connection, collection.topic, name, reader)
        if position is not None and standing.floor <= position <= standing.position:
            found.append(position)
    return min(found, default=None)


async def name_of(connection: Connection, collection: Collection, position: int) -> str:
    """The version id under which a position is announced: the client's if it gave one, else the server's."""
    names = await versions.names_of(connection, collection.topic, [position])
    return names.get(position) or collection.name(position)


async def _opening(
    connection: Connection, collection: Collection, standings: Mapping[UUID, Standing], reader: UUID, parents: list[str]
) -> tuple[Opening, int]:
    standing = standings.get(collection.topic)
    if standing is None:
        raise CoterieError(errors.NOT_FOUND)
    current = await name_of(connection, collection, standing.position)
    first = await least_position(connection, collection, reader, parents, standing)
    if first is not None and not await _has_changed_view(connection, collection, first):
        return Opening(await _called(connection, collection, first, parents), current, None), first
    content = msgspec.json.encode(await collection.values(connection))
    return Opening(current, current, content), standing.position


async def _called(connection: Connection, collection: Collection, position: int, parents: list[str]) -> str:
    """A position by the name under which the reader knows it."""
    name = await name_of(connection, collection, position)
    return collection.name(position) if collection.name(position) in parents else name


async def _has_changed_view(connection: Connection, collection: Collection, since: int) -> bool:
    """Whether the viewer of a server may view something else than at a position: a resume would not tell them all."""
    if collection.seen is None or collection.home != collection.topic:
        return False
    return await queries.has_decisive_change(connection, collection.topic, collection.seen.user_id, since)
