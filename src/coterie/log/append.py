"""Appending to the log. Everything live depends on this invariant:

*A topic's positions grow by one for each change, are taken under the topic's row lock, and commit together with the
change itself.* So a reader who has read a topic up to position P has every change up to P: no smaller position can
become visible later. Position order is commit order, without holes.

It holds because topics are only ever locked here and in the message writes, always in id order and all that a
transaction needs at once (no deadlock), the position is read after the lock is granted, and the lock is held until
commit. What must never happen: a position taken from a sequence, or outside the transaction of its change, or a change
written without one.

The bus message is made by the same statement, and PostgreSQL sends it at commit; with another bus the statement returns
it instead, and `database/announcing.py` sends it after the commit. It only wakes readers: a process that misses it
reads the log. A message's bus message carries `after`, the position of its server's topic, so that nobody receives the
message before they are notified that they lost access to it (`hub.py`).
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
"""Bytes of a bus message that carries its data; PostgreSQL takes less than 8,000."""

FRAMING: Final = 600
"""Of these, what a message's change needs besides its data."""


def bus_message(**columns: str) -> str:
    """The SQL of a bus message, as JSON text, with these fields; see `event.BusMessage`."""
    listed = ", ".join(f"{column} AS {name}" for name, column in columns.items())
    return f"(SELECT row_to_json(message)::text FROM (SELECT {listed}) AS message)"


def publish_or_return(message: str, flag: str) -> str:
    """The end of a statement: sends the bus `message` if the parameter `flag` is true, else returns it."""
    return f"CASE WHEN {flag} THEN pg_notify('{CHANNEL}', {message})::text ELSE {message} END AS message"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one key of a topic. `data` is the whole new value; for a removal, what identifies it.

    `live_type` replaces the type in live events of the gateway, and `extra` are fields that only those have.
    """

    topic: UUID
    key: str
    type: str
    data: object
    is_removal: bool = False
    live_type: str | None = None
    extra: dict[str, object] | None = None


CHANGE: Final = {
    "topic": "topic_id",
    "position": "position",
    "type": "coalesce(live_type, type)",
    "key": "key",
    "is_removal": "is_removal",
    "data": "data::json",
}
MOVED: Final = bus_message(topic="topic_id", position="position")

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
        is_removal = excluded.is_removal, changed_at = now()
), bus_messages AS (
    SELECT number, topic_id, position, CASE
        WHEN octet_length(data) + octet_length(extra) + length(key) >= {INLINE_LIMIT - 300} THEN {MOVED}
        WHEN extra = '' THEN {bus_message(**CHANGE)}
        ELSE {bus_message(**CHANGE, extra="extra::json")} END AS message
    FROM placed
)
SELECT topic_id, position, {publish_or_return("message", "$8")} FROM bus_messages ORDER BY number
"""


async def append(connection: Connection, *changes: Change) -> list[int]:
    """Put changes at the end of their topics, inside the caller's transaction; returns their positions.

    A change of a topic that no longer exists is skipped: nobody is left to receive it.
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
    announce(connection, (row["message"] for row in rows))
    return [row["position"] for row in rows]


async def lock(connection: Connection, topics: Collection[UUID]) -> dict[UUID, int]:
    """Take the locks of these topics until commit; returns their positions."""
    rows = await connection.fetch("SELECT id, position FROM topics WHERE id = ANY($1) ORDER BY id FOR UPDATE", topics)
    return {row["id"]: row["position"] for row in rows}


MOVE_AFTER: Final = {"topic": "topic_id", "position": "given.position", "after": "coalesce(home.position, 0)"}
EVENT: Final = MOVE_AFTER | {
    "type": "type",
    "key": "key",
    "data": "data::json",
    "client_version": "client_version",
    "unnamed_for": "unnamed_for",
}

AFTER: Final = """
LEFT JOIN LATERAL (
    SELECT topics.position FROM channels JOIN topics ON topics.id = server_id
    WHERE channels.id = given.topic_id LIMIT 1
) AS home ON TRUE
"""
"""Joins the position of the server's topic to a channel that is `given`."""

ADVANCE: Final = f"""
WITH given AS (
    SELECT *
    FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[])
        WITH ORDINALITY AS given (topic_id, position, type, key, data, client_version, unnamed_for, extra, number)
),
moved AS (
    UPDATE topics SET position = newest.position
    FROM (SELECT topic_id, max(position) AS position FROM given GROUP BY topic_id) AS newest
    WHERE topics.id = newest.topic_id AND topics.id = ANY($1)
),
bus_messages AS (
    SELECT number, CASE
        WHEN type IS NULL THEN {bus_message(**MOVE_AFTER)}
        WHEN extra IS NULL THEN {bus_message(**EVENT)}
        ELSE {bus_message(**EVENT, extra="extra::json")} END AS message
    FROM given
    {AFTER}
)
SELECT {publish_or_return("message", "$9")} FROM bus_messages ORDER BY number
"""


async def advance(connection: Connection, events: Sequence[Event]) -> None:
    """Move locked channels to the positions of changes whose rows keep them, and notify the bus at commit.

    An event is sent whole if it fits, else only the position.
    """
    whole = [event if len(event.data.encode()) <= INLINE_LIMIT - FRAMING else None for event in events]
    rows = await connection.fetch(
        ADVANCE,
        [event.topic for event in events],
        [event.position for event in events],
        [event and event.type for event in whole],
        [event.key for event in events],
        [event and event.data for event in whole],
        [event and event.client_version for event in whole],
        [event and event.unnamed_for for event in whole],
        [(event and event.extra) or None for event in whole],
        notifies(connection),
    )
    announce(connection, (row["message"] for row in rows))


MOVE: Final = f"""
WITH given AS (SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS given (topic_id, position)),
moved AS (
    UPDATE topics SET position = given.position FROM given
    WHERE topics.id = given.topic_id AND topics.id = ANY($1)
),
bus_messages AS (
    SELECT {bus_message(**MOVE_AFTER)} AS message FROM given
    {AFTER}
)
SELECT {publish_or_return("message", "$3")} FROM bus_messages
"""


async def move(connection: Connection, positions: Mapping[UUID, int]) -> None:
    """Move locked channels to the positions that their rows have reached, and send only these to the bus, at commit.

    For many changes at once: subscribers of the channel read them from the log.
    """
    rows = await connection.fetch(MOVE, list(positions.keys()), list(positions.values()), notifies(connection))
    announce(connection, (row["message"] for row in rows))


def encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()
