"""The statements about notification levels."""

from uuid import UUID

from coterie.database.connection import Connection
from coterie.notifications.models import NotificationLevel


async def levels_of(connection: Connection, user_id: UUID) -> list[NotificationLevel]:
    """All levels that a user has set."""
    rows = await connection.fetch(
        "SELECT place_id, kind, level, muted_until FROM notification_levels WHERE user_id = $1 ORDER BY place_id",
        user_id,
    )
    return [NotificationLevel(**row) for row in rows]


async def put(connection: Connection, user_id: UUID, level: NotificationLevel) -> bool:
    """Set a level; False if it already had these values."""
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
    """Delete one level; False if there was none."""
    gone = await connection.fetchval(
        "DELETE FROM notification_levels WHERE user_id = $1 AND place_id = $2 RETURNING TRUE", user_id, place_id
    )
    return bool(gone)


async def delete_in_server(connection: Connection, server_id: UUID, user_id: UUID) -> list[UUID]:
    """Delete a user's levels for a server and its channels; returns the places that had one."""
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
    """Delete everyone's levels for a server and its channels; returns each user and place."""
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
    """Delete everyone's levels for a channel or conversation; returns the users who had one."""
    rows = await connection.fetch("DELETE FROM notification_levels WHERE place_id = $1 RETURNING user_id", place_id)
    return [row["user_id"] for row in rows]


async def holders(connection: Connection, place_id: UUID) -> list[UUID]:
    """The users who set a level for a place."""
    rows = await connection.fetch("SELECT user_id FROM notification_levels WHERE place_id = $1", place_id)
    return [row["user_id"] for row in rows]
