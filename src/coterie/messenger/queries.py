"""SQL statements for the messenger's endpoints."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from coterie.database.connection import Connection


async def insert_cursor(connection: Connection, id: UUID, session_id: UUID, positions: bytes) -> None:
    """Store a stream's positions; the newest 32 of its session are kept, and all that were used within a week."""
    await connection.execute(
        """
        WITH forgotten AS (
            DELETE FROM realtime_cursors WHERE id = ANY(ARRAY(
                SELECT id FROM realtime_cursors WHERE used_at < now() - interval '7 days'
                ORDER BY used_at LIMIT 100 FOR UPDATE SKIP LOCKED))
        ), pushed_out AS (
            DELETE FROM realtime_cursors WHERE id = ANY(ARRAY(
                SELECT id FROM realtime_cursors WHERE session_id = $2 ORDER BY used_at DESC OFFSET 31))
        )
        INSERT INTO realtime_cursors (id, session_id, positions) VALUES ($1, $2, $3)
        """,
        id,
        session_id,
        positions,
    )


async def find_cursor(connection: Connection, id: UUID, user_id: UUID) -> tuple[bytes, datetime] | None:
    """The positions of a stream of the same account, and when they were written."""
    row = await connection.fetchrow(
        """
        SELECT positions, realtime_cursors.created_at FROM realtime_cursors
        JOIN sessions ON sessions.id = session_id WHERE realtime_cursors.id = $1 AND user_id = $2
        """,
        id,
        user_id,
    )
    return (row["positions"], row["created_at"]) if row else None


async def touch(connection: Connection, id: UUID) -> None:
    await connection.execute("UPDATE realtime_cursors SET used_at = now() WHERE id = $1", id)


async def made_since(connection: Connection, topics: Collection[UUID], since: datetime) -> list[UUID]:
    """Which of these are channels that were created after a moment."""
    rows = await connection.fetch("SELECT id FROM channels WHERE id = ANY($1) AND created_at > $2", list(topics), since)
    return [row["id"] for row in rows]


async def entered_at(connection: Connection, topics: Collection[UUID], user_id: UUID) -> dict[UUID, int]:
    """The positions at which a user joined conversations."""
    rows = await connection.fetch(
        """
        SELECT topic_id, position FROM changes
        WHERE topic_id = ANY($1) AND key = 'participants/' || $2::uuid AND NOT is_removal
        """,
        list(topics),
        user_id,
    )
    return {row["topic_id"]: row["position"] for row in rows}
