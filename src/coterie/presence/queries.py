"""The statements about who is connected."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from coterie.database.connection import Connection
from coterie.presence.models import Appearance


async def beat(connection: Connection, process: UUID, now: datetime) -> bool:
    """Say that this process lives; True if it was not known (new, or taken for dead meanwhile)."""
    is_new: bool = await connection.fetchval(
        """
        INSERT INTO processes (id, seen_at) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at RETURNING xmax = 0
        """,
        process,
        now,
    )
    return is_new


async def bury(connection: Connection, silent_since: datetime) -> list[UUID]:
    """Forget processes that were not seen since, and answer who was connected to them."""
    rows = await connection.fetch(
        """
        WITH dead AS (DELETE FROM processes WHERE seen_at < $1 RETURNING id)
        SELECT DISTINCT user_id FROM presences WHERE process_id IN (SELECT id FROM dead)
        """,
        silent_since,
    )
    return [row["user_id"] for row in rows]


async def forget(connection: Connection, process: UUID) -> None:
    """Forget a process that ends, with its connections."""
    await connection.execute("DELETE FROM processes WHERE id = $1", process)


async def record(connection: Connection, process: UUID, present: Sequence[UUID], absent: Sequence[UUID]) -> None:
    """Who is connected to this process now, and who no longer is."""
    await connection.execute(
        """
        WITH gone AS (DELETE FROM presences WHERE process_id = $1 AND user_id = ANY($3))
        INSERT INTO presences (user_id, process_id)
        SELECT id, $1 FROM users WHERE id = ANY($2) ORDER BY id
        ON CONFLICT DO NOTHING
        """,
        process,
        present,
        absent,
    )


async def appearances(connection: Connection, users: Sequence[UUID]) -> list[Appearance]:
    """How each user appears to others, and in which servers they are seen."""
    rows = await connection.fetch(
        """
        SELECT id AS user_id, custom_status, activity,
               CASE WHEN EXISTS (SELECT FROM presences WHERE user_id = users.id)
                    THEN status ELSE 'offline' END AS status,
               ARRAY(SELECT server_id FROM server_members WHERE user_id = users.id) AS servers
        FROM users WHERE id = ANY($1)
        """,
        users,
    )
    return [Appearance(**row) for row in rows]
