"""Appending to the log. The invariant on which everything live rests:

*A topic's positions grow by one for each change, are taken under the topic's row lock, and commit together with the
change itself.* So whoever reads a topic up to position P has every change up to P: no smaller position can become
visible later. Position order is commit order, without holes.

It holds because topics are only ever locked here and in the message writes, always in id order (no deadlock), the
position is read after the lock is granted, and the lock is held until commit. What must never happen: a position
taken from a sequence, or outside the transaction of its change, or a change written without one.

The notification is part of the same statement and is sent by PostgreSQL at commit. It only wakes: whoever misses it
reads the log.
"""

from collections.abc import Sequence
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
        [msgspec.json.encode(change.data).decode() for change in changes],
        [change.is_removal for change in changes],
    )
    return [row["position"] for row in await connection.fetch(APPEND, *columns)]


async def announce(connection: Connection, event: Event) -> None:
    """Tell the bus of a change whose row has a position of its own, at the caller's commit."""
    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, _notification(event))


def _notification(event: Event) -> str:
    """The event as it travels: whole if it fits, else only where the log moved to."""
    place = f'{{"topic":"{event.topic}","position":{event.position}'
    if len(event.data.encode()) > INLINE_LIMIT - 300:
        return place + "}"
    return f'{place},"type":"{event.type}","key":"{event.key}","data":{event.data}}}'
