"""Appending to the log. The invariant on which everything live rests:

*A topic's positions grow by one for each change, are taken under the topic's row lock, and commit together with the
change itself.* So whoever reads a topic up to position P has every change up to P: no smaller position can become
visible later. Position order is commit order, without holes.

It holds because topics are only ever locked here and in the message writes, always in id order and all that a
transaction needs at once (no deadlock), the position is read after the lock is granted, and the lock is held until
commit. What must never happen: a position taken from a sequence, or outside the transaction of its change, or a change
written without one.

The notification is part of the same statement and is sent by PostgreSQL at commit. It only wakes: whoever misses it
reads the log.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from coterie.database.connection import Connection
from coterie.log.event import Event

CHANNEL: Final = "coterie"
"""The LISTEN/NOTIFY channel of this database."""

INLINE_LIMIT: Final = 7_800
"""Bytes of a notification that carries its data; PostgreSQL takes less than 8,000."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one key of a topic. `data` is the whole new value, or for a removal what names it."""

    topic: UUID
    key: str
    type: str
    data: object
    is_removal: bool = False


APPEND: Final = f"""
WITH change AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bool[])
        WITH ORDINALITY AS change (topic_id, key, type, data, is_removal, number)
), locked AS MATERIALIZED (
    SELECT id, position FROM topics WHERE id IN (SELECT topic_id FROM change) ORDER BY id FOR UPDATE
), placed AS MATERIALIZED (
    SELECT change.*,
           locked.position + row_number() OVER (PARTITION BY change.topic_id ORDER BY change.number) AS position
    FROM change JOIN locked ON locked.id = change.topic_id
), moved AS (
    UPDATE topics SET position = newest.position
    FROM (SELECT topic_id, max(position) AS position FROM placed GROUP BY topic_id) AS newest
    WHERE topics.id = newest.topic_id
), written AS (
    INSERT INTO changes (topic_id, key, position, type, data, is_removal)
    SELECT DISTINCT ON (topic_id, key) topic_id, key, position, type, data::json, is_removal
    FROM placed ORDER BY topic_id, key, position DESC
    ON CONFLICT (topic_id, key) DO UPDATE
    SET position = excluded.position, type = excluded.type, data = excluded.data,
        is_removal = excluded.is_removal
), told AS (
    SELECT number, topic_id, position, pg_notify('{CHANNEL}', CASE
        WHEN octet_length(data) + length(key) < {INLINE_LIMIT - 300} THEN
            '{{"topic":"' || topic_id || '","position":' || position || ',"type":"' || type || '","key":"' || key
            || '","is_removal":' || is_removal || ',"data":' || data || '}}'
        ELSE '{{"topic":"' || topic_id || '","position":' || position || '}}' END)
    FROM placed ORDER BY number
)
SELECT topic_id, position FROM told ORDER BY number
"""


async def append(connection: Connection, *changes: Change) -> list[int]:
    """Put changes at the end of their topics, inside the caller's transaction; answers their positions.

    A topic that no longer exists is passed over (its change has nobody left to tell).
    """
    columns: Sequence[list[object]] = (
        [change.topic for change in changes],
        [change.key for change in changes],
        [change.type for change in changes],
        [encoded(change.data) for change in changes],
        [change.is_removal for change in changes],
    )
    return [row["position"] for row in await connection.fetch(APPEND, *columns)]


async def lock(connection: Connection, topics: Collection[UUID]) -> dict[UUID, int]:
    """Take the locks of these topics until commit; answers where each stands."""
    rows = await connection.fetch("SELECT id, position FROM topics WHERE id = ANY($1) ORDER BY id FOR UPDATE", topics)
    return {row["id"]: row["position"] for row in rows}


async def advance(connection: Connection, events: Sequence[Event]) -> None:
    """Move locked topics to the positions of changes whose rows keep them, and tell the bus at commit."""
    newest = {event.topic: event.position for event in events}
    await connection.execute(
        """
        WITH newest AS (SELECT * FROM unnest($2::uuid[], $3::bigint[]) AS newest (id, position)),
        moved AS (UPDATE topics SET position = newest.position FROM newest WHERE topics.id = newest.id)
        SELECT pg_notify($1, payload)
        FROM unnest($4::text[]) WITH ORDINALITY AS given (payload, number) ORDER BY number
        """,
        CHANNEL,
        list(newest.keys()),
        list(newest.values()),
        [_notification(event) for event in events],
    )


def _notification(event: Event) -> str:
    """The event as it travels: whole if it fits, else only where the log moved to."""
    place = f'{{"topic":"{event.topic}","position":{event.position}'
    if len(event.data.encode()) > INLINE_LIMIT - 500:
        return place + "}"
    client_version = f',"client_version":{encoded(event.client_version)}' if event.client_version else ""
    extra = f',"extra":{event.extra}' if event.extra else ""
    return f'{place},"type":"{event.type}","key":"{event.key}","data":{event.data}{client_version}{extra}}}'


def encoded(value: object) -> str:
    """As JSON text."""
    return msgspec.json.encode(value).decode()
