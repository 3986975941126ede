"""The statements about notification levels."""

from uuid import UUID

from coterie.database.connection import Connection
from coterie.notifications.models import NotificationLevel


async def levels_of(connection: Connection, user_id: UUID) -> list[NotificationLevel]:
    """All that somebody has set."""
    rows = await connection.fetch(
        "SELECT place_id, kind, level, muted_until FROM notification_levels WHERE user_id = $1 ORDER BY place_id",
        user_id,
    )
    return [NotificationLevel(**row) for row in rows]


async def put(connection: Connection, user_id: UUID, level: NotificationLevel) -> bool:
    """Set a level; False if it was set so."""
    changed = await connection.fetchval(
        """
        INSERT INTO notification_levels AS current (user_id, place_id, kind, level, muted_until)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (user_id, place_id) DO UPDATE SET level = excluded.level, muted_until = excluded.muted_until
        WHERE current.level IS DISTINCT FROM excluded.level
           OR current.muted_until IS DISTINCT FROM excluded.muted_until
        RETURNING TRUE
        """,
        user_id,
        level.place_id,
        level.kind,
        level.level,
        level.muted_until,
    )
    return bool(changed)


async def delete(connection: Connection, user_id: UUID, place_id: UUID) -> bool:
    """Forget one level; False if there was none."""
    gone = await connection.fetchval(
        "DELETE FROM notification_levels WHERE user_id = $1 AND place_id = $2 RETURNING TRUE", user_id, place_id
    )
    return bool(gone)


async def delete_in_server(connection: Connection, server_id: UUID, user_id: UUID) -> list[UUID]:
    """Forget what somebody set for a server and its channels; answers for which places they had."""
    rows = await connection.fetch(
        """
        DELETE FROM notification_levels
        WHERE user_id = $2 AND place_id = ANY(ARRAY(SELECT id FROM channels WHERE server_id = $1) || $1)
        RETURNING place_id
        """,
        server_id,
        user_id,
    )
    return [row["place_id"] for row in rows]


async def delete_server(connection: Connection, server_id: UUID) -> list[tuple[UUID, UUID]]:
    """Forget what everybody set for a server and its channels; answers each user and place."""
    rows = await connection.fetch(
        """
        DELETE FROM notification_levels
        WHERE place_id = ANY(ARRAY(SELECT id FROM channels WHERE server_id = $1) || $1)
        RETURNING user_id, place_id
        """,
        server_id,
    )
    return [(row["user_id"], row["place_id"]) for row in rows]


async def delete_place(connection: Connection, place_id: UUID) -> list[UUID]:
    """Forget what everybody set for a channel or conversation; answers who had."""
    rows = await connection.fetch("DELETE FROM notification_levels WHERE place_id = $1 RETURNING user_id", place_id)
    return [row["user_id"] for row in rows]


async def holders(connection: Connection, place_id: UUID) -> list[UUID]:
    """Who set a level for a place."""
    rows = await connection.fetch("SELECT user_id FROM notification_levels WHERE place_id = $1", place_id)
    return [row["user_id"] for row in rows]
