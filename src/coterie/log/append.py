"""Appending to the log. The invariant on which everything live rests:

*A topic's positions grow by one for each change, are taken under the topic's row lock, and commit together with the
change itself.* So whoever reads a topic up to position P has every change up to P: no smaller position can become
visible later. Position order is commit order, without holes.

It holds because topics are only ever locked here and in the message writes, always in id order and all that a
transaction needs at once (no deadlock), the position is read after the lock is granted, and the lock is held until
commit. What must never happen: a position taken from a sequence, or outside the transaction of its change, or a change
written without one.

The notification is part of the same statement and is sent by PostgreSQL at commit; with another bus the statement
answers it instead, and `database/announcing.py` lets it go after the commit. It only wakes: whoever misses it reads
the log. A message's notification carries `after`: where its server's topic stood, so that nobody is told of the message
before they are told that they lost it (`hub.py`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from coterie.database.announcing import announce, notifies
from coterie.database.connection import Connection
from coterie.log.event import Event

CHANNEL: Final = "coterie"
"""The LISTEN/NOTIFY channel of this database."""

INLINE_LIMIT: Final = 7_800
"""Bytes of a notification that carries its data; PostgreSQL takes less than 8,000."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one key of a topic. `data` is the whole new value, or for a removal what names it.

    `live_type` is what a live event of the gateway is called instead, and `extra` are fields that only it has.
    """

    topic: UUID
    key: str
    type: str
    data: object
    is_removal: bool = False
    live_type: str | None = None
    extra: dict[str, object] | None = None


APPEND: Final = f"""
WITH change AS (
    SELECT * FROM unnest(
            $1::uuid[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::text[], $7::text[])
        WITH ORDINALITY AS change (topic_id, key, type, data, is_removal, live_type, extra, number)
), locked AS MATERIALIZED (
    SELECT id, position FROM topics WHERE id = ANY($1) ORDER BY id FOR UPDATE
), placed AS MATERIALIZED (
    SELECT change.*,
           locked.position + row_number() OVER (PARTITION BY change.topic_id ORDER BY change.number) AS position
    FROM change JOIN locked ON locked.id = change.topic_id
), moved AS (
    UPDATE topics SET position = newest.position
    FROM (SELECT topic_id, max(position) AS position FROM placed GROUP BY topic_id) AS newest
    WHERE topics.id = newest.topic_id AND topics.id = ANY($1)
), written AS (
    INSERT INTO changes (topic_id, key, position, type, data, is_removal)
    SELECT DISTINCT ON (topic_id, key) topic_id, key, position, type, data::json, is_removal
    FROM placed ORDER BY topic_id, key, position DESC
    ON CONFLICT (topic_id, key) DO UPDATE
    SET position = excluded.position, type = excluded.type, data = excluded.data,
        is_removal = excluded.is_removal
), said AS (
    SELECT number, topic_id, position, CASE
        WHEN octet_length(data) + octet_length(extra) + length(key) < {INLINE_LIMIT - 300} THEN
            '{{"topic":"' || topic_id || '","position":' || position || ',"type":"' || coalesce(live_type, type)
            || '","key":"' || key || '","is_removal":' || is_removal || ',"data":' || data
            || CASE WHEN extra <> '' THEN ',"extra":' || extra ELSE '' END || '}}'
        ELSE '{{"topic":"' || topic_id || '","position":' || position || '}}' END AS notification
    FROM placed
)
SELECT topic_id, position,
       CASE WHEN $8 THEN pg_notify('{CHANNEL}', notification)::text ELSE notification END AS notification
FROM said ORDER BY number
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
        [change.live_type for change in changes],
        [encoded(change.extra) if change.extra else "" for change in changes],
    )
    rows = await connection.fetch(APPEND, *columns, notifies(connection))
    announce(connection, (row["notification"] for row in rows))
    return [row["position"] for row in rows]


async def lock(connection: Connection, topics: Collection[UUID]) -> dict[UUID, int]:
    """Take the locks of these topics until commit; answers where each stands."""
    rows = await connection.fetch("SELECT id, position FROM topics WHERE id = ANY($1) ORDER BY id FOR UPDATE", topics)
    return {row["id"]: row["position"] for row in rows}


async def advance(connection: Connection, events: Sequence[Event]) -> None:
    """Move locked channels to the positions of changes whose rows keep them, and tell the bus at commit."""
    newest = {event.topic: event.position for event in events}
    rows = await connection.fetch(
        f"""
        WITH newest AS (SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS newest (id, position)),
        moved AS (
            UPDATE topics SET position = newest.position FROM newest
            WHERE topics.id = newest.id AND topics.id = ANY($1)
        ),
        said AS (
            SELECT number, left(json, -1) || coalesce(',"after":' || home.position, '') || '}}' AS notification
            FROM unnest($3::uuid[], $4::text[]) WITH ORDINALITY AS given (channel_id, json, number)
            LEFT JOIN LATERAL (
                SELECT topics.position FROM channels JOIN topics ON topics.id = server_id
                WHERE channels.id = given.channel_id LIMIT 1
            ) AS home ON TRUE
        )
        SELECT CASE WHEN $5 THEN pg_notify('{CHANNEL}', notification)::text ELSE notification END AS notification
        FROM said ORDER BY number
        """,
        list(newest.keys()),
        list(newest.values()),
        [event.topic for event in events],
        [_notification(event) for event in events],
        notifies(connection),
    )
    announce(connection, (row["notification"] for row in rows))


async def move(connection: Connection, positions: Mapping[UUID, int]) -> None:
    """Move locked channels to where their rows' positions reach, and tell the bus no more than that, at commit.

    For many changes at once: whoever follows the channel reads them from the log.
    """
    rows = await connection.fetch(
        f"""
        WITH newest AS (SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS newest (id, position)),
        moved AS (
            UPDATE topics SET position = newest.position FROM newest
            WHERE topics.id = newest.id AND topics.id = ANY($1)
        ),
        said AS (
            SELECT '{{"topic":"' || newest.id || '","position":' || newest.position
                || coalesce(',"after":' || home.position, '') || '}}' AS notification
            FROM newest
            LEFT JOIN LATERAL (
                SELECT topics.position FROM channels JOIN topics ON topics.id = server_id
                WHERE channels.id = newest.id LIMIT 1
            ) AS home ON TRUE
        )
        SELECT CASE WHEN $3 THEN pg_notify('{CHANNEL}', notification)::text ELSE notification END AS notification
        FROM said
        """,
        list(positions.keys()),
        list(positions.values()),
        notifies(connection),
    )
    announce(connection, (row["notification"] for row in rows))


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
