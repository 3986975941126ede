"""Reading the log: where topics stand, and what changed since a position.

A range read returns the newest state of each key that changed, in position order; several changes of one key are
one event at the position of the last, so a reader who applies them stands where the topic stands.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from coterie.database.connection import Connection
from coterie.log.event import Event

PAGE_SIZE: Final = 500
"""Events read at a time."""

Reader = Callable[[Connection, UUID, int, int], Awaitable[list[Event]]]
"""Reads at most the given number of events of a topic after a position."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a topic stands; and its home, the topic in which the right to it comes and goes: of a channel its
    server's, of a document also the conversation's."""

    kind: str
    position: int
    home: UUID | None


class Page(NamedTuple):
    """Some of a topic's events, the position that they reach, and whether some before them were removed for good."""

    reached: int
    events: list[Event]
    has_gap: bool = False


async def places(connection: Connection, topics: Iterable[UUID]) -> dict[UUID, Place]:
    """The place of each of the topics that exist, all as of one moment."""
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
    return {row["id"]: Place(row["kind"], row["position"], row["home"]) for row in rows}


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
    """Reads any topic by the reader of its kind: messages have positions of their own, the rest is in `changes`."""

    def __init__(self, database: Connection, readers: Mapping[str, Reader]) -> None:
        self.database: Final = database
        self._readers: Final = readers

    async def places(self, topics: Iterable[UUID]) -> dict[UUID, Place]:
        """The place of each of the topics that exist, all as of one moment."""
        return await places(self.database, topics)

    async def after(self, topic: UUID, position: int, until: int) -> Page:
        """A page of a topic's events after a position and up to another.

        What changed again since is left out: it comes later, with a position of its own. Nothing is reached beyond
        where the topic stands; one that is gone reaches nothing more.
        """
        row = await self.database.fetchrow("SELECT kind, position, floor FROM topics WHERE id = $1", topic)
        if row is None or (until := min(until, row["position"])) <= position:
            return Page(position, [])
        page = await self._readers[row["kind"]](self.database, topic, position, PAGE_SIZE)
        events = [event for event in page if event.position <= until]
        is_whole = len(page) < PAGE_SIZE or len(events) < len(page)
        return Page(until if is_whole else events[-1].position, events, has_gap=position < row["floor"])
