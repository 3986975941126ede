"""Reading the log: the positions of topics, and what changed since a position.

A range read returns the newest state of each key that changed, in position order; several changes of one key are one
event at the position of the last. So a reader who applies them has the state of the topic.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import Raw

from coterie.database.connection import Connection
from coterie.log.event import Event

PAGE_SIZE: Final = 500
"""Events read at a time."""

Reader = Callable[[Connection, UUID, int, int], Awaitable[list[Event]]]
"""Reads at most the given number of events of a topic after a position."""


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic's position; and its home, the topic in which access to it is gained and lost: for a channel its
    server's, for a document also the conversation's."""

    kind: str
    position: int
    home: UUID | None


class LogPage(NamedTuple):
    """Some of a topic's events, the position that they reach, and whether some before them were removed for good."""

    reached: int
    events: list[Event]
    has_gap: bool = False


async def topic_rows(connection: Connection, topics: Iterable[UUID]) -> dict[UUID, TopicRow]:
    """The row of each of the topics that exist, all as of one moment."""
    rows = await connection.fetch(
        """
        SELECT topics.id, topics.kind, topics.position,
               CASE WHEN documents.id IS NULL THEN own.server_id ELSE coalesce(place.server_id, place.id) END AS home
        FROM topics LEFT JOIN channels AS own ON own.id = topics.id
        LEFT JOIN documents ON documents.id = topics.id
        LEFT JOIN channels AS place ON place.id = documents.channel_id
        WHERE topics.id = ANY($1)
        """,
        list(topics),
    )
    return {row["id"]: TopicRow(row["kind"], row["position"], row["home"]) for row in rows}


async def logged(connection: Connection, topic: UUID, keys: Collection[str]) -> dict[str, Raw]:
    """The values of some keys of a topic as the log has them, of those that are there."""
    rows = await connection.fetch(
        "SELECT key, data FROM changes WHERE topic_id = $1 AND key = ANY($2) AND NOT is_removal", topic, keys
    )
    return {row["key"]: Raw(row["data"].encode()) for row in rows}


async def changes(connection: Connection, topic: UUID, after: int, limit: int) -> list[Event]:
    """The newest change of each key of a topic that changed after a position."""
    rows = await connection.fetch(
        """
        SELECT position, type, key, data, is_removal FROM changes
        WHERE topic_id = $1 AND position > $2 ORDER BY position LIMIT $3
        """,
        topic,
        after,
        limit,
    )
    return [
        Event(topic, row["position"], row["type"], row["key"], row["data"], is_removal=row["is_removal"])
        for row in rows
    ]


class Log:
    """Reads any topic with the reader for its kind: messages have positions of their own, the rest is in `changes`."""

    def __init__(self, database: Connection, readers: Mapping[str, Reader]) -> None:
        self.database: Final = database
        self._readers: Final = readers

    async def topic_rows(self, topics: Iterable[UUID]) -> dict[UUID, TopicRow]:
        """The row of each of the topics that exist, all as of one moment."""
        return await topic_rows(self.database, topics)

    async def after(self, topic: UUID, position: int, until: int) -> LogPage:
        """A page of a topic's events after a position and up to another.

        What has changed again since is left out: it comes later, with a position of its own. The position never exceeds
        that of the topic; for a deleted topic it does not move.
        """
        row = await self.database.fetchrow("SELECT kind, position, floor FROM topics WHERE id = $1", topic)
        if row is None or (until := min(until, row["position"])) <= position:
            return LogPage(position, [])
        page = await self._readers[row["kind"]](self.database, topic, position, PAGE_SIZE)
        events = [event for event in page if event.position <= until]
        is_whole = len(page) < PAGE_SIZE or len(events) < len(page)
        reached = until if is_whole else events[-1].position
        is_dense = len(events) == reached - position
        has_gap = position < row["floor"] or (not is_dense and await self._is_below_floor(topic, position))
        return LogPage(reached, events, has_gap=has_gap)

    async def _is_below_floor(self, topic: UUID, position: int) -> bool:
        """Asked after a page is read, since the floor may have risen meanwhile: with what is removed for good."""
        floor = await self.database.fetchval("SELECT floor FROM topics WHERE id = $1", topic)
        return floor is not None and position < floor
