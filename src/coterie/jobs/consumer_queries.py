"""The SQL statements for readers of the log: how far each has read each topic."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from coterie.database.connection import Connection


class TopicPlace(NamedTuple):
    """A topic, its position, and the position up to which a consumer has read it."""

    kind: str
    position: int
    read: int


async def begin(connection: Connection, consumer: str, kinds: Collection[str]) -> None:
    """A new consumer begins where the topics of these kinds are now."""
    await connection.execute(
        """
        WITH begun AS (INSERT INTO log_consumers (name) VALUES ($1) ON CONFLICT DO NOTHING RETURNING name)
        INSERT INTO log_cursors (consumer, topic_id, position)
        SELECT begun.name, topics.id, topics.position FROM begun CROSS JOIN topics WHERE topics.kind = ANY($2)
        """,
        consumer,
        kinds,
    )


async def behind(
    connection: Connection, consumer: str, kinds: Collection[str], partition: int, limit: int
) -> list[UUID]:
    """Topics of a partition in which something happened that the consumer has not read."""
    rows = await connection.fetch(
        """
        SELECT topics.id FROM topics
        LEFT JOIN log_cursors AS mark ON mark.consumer = $1 AND mark.topic_id = topics.id
        WHERE get_byte(uuid_send(topics.id), 15) % 16 = $3 AND kind = ANY($2)
          AND topics.position > coalesce(mark.position, 0) LIMIT $4
        """,
        consumer,
        kinds,
        partition,
        limit,
    )
    return [row["id"] for row in rows]


async def place(connection: Connection, consumer: str, topic: UUID) -> TopicPlace | None:
    """How far the consumer has read a topic; None if the topic was deleted."""
    row = await connection.fetchrow(
        """
        SELECT kind, topics.position, coalesce(mark.position, 0) AS read FROM topics
        LEFT JOIN log_cursors AS mark ON mark.consumer = $1 AND mark.topic_id = topics.id
        WHERE topics.id = $2
        """,
        consumer,
        topic,
    )
    return TopicPlace(**row) if row else None


async def move(connection: Connection, consumer: str, topic: UUID, position: int) -> None:
    """Note that a consumer has read a topic up to a position, unless the topic was deleted."""
    await connection.execute(
        """
        INSERT INTO log_cursors (consumer, topic_id, position)
        SELECT $1, id, $3 FROM topics WHERE id = $2
        ON CONFLICT (consumer, topic_id) DO UPDATE SET position = excluded.position
        """,
        consumer,
        topic,
        position,
    )


async def count_behind(connection: Connection, consumer: str, kinds: Collection[str]) -> int:
    """The number of topics in which something happened that the consumer has not read."""
    count: int = await connection.fetchval(
        """
        SELECT count(*) FROM topics LEFT JOIN log_cursors AS mark ON mark.consumer = $1 AND mark.topic_id = topics.id
        WHERE kind = ANY($2) AND topics.position > coalesce(mark.position, 0)
        """,
        consumer,
        kinds,
    )
    return count
