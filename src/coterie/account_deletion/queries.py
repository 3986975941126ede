"""The SQL statements for accounts whose owners delete them."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from coterie.database.connection import Connection


class OwnedServer(NamedTuple):
    """A server that somebody owns."""

    id: UUID
    name: str


async def owned_servers(connection: Connection, user_id: UUID) -> list[OwnedServer]:
    rows = await connection.fetch("SELECT id, name FROM servers WHERE owner_id = $1 ORDER BY name, id", user_id)
    return [OwnedServer(**row) for row in rows]


async def is_last_admin(connection: Connection, user_id: UUID) -> bool:
    """Whether no other administrator could log in without this account, as of now."""
    found: bool = await connection.fetchval(
        """
        SELECT is_admin AND NOT EXISTS (
            SELECT FROM users AS other WHERE other.is_admin AND other.disabled_at IS NULL AND other.id <> $1)
        FROM users WHERE id = $1
        """,
        user_id,
    )
    return found


async def set_deletion(
    connection: Connection, user_id: UUID, due_at: datetime | None, *, erases_messages: bool
) -> bool:
    """When an account will be deleted, or None if it is kept; False if it is being deleted."""
    found = await connection.fetchval(
        """
        UPDATE users SET deletion_due_at = $2, deletion_erases_messages = $3 WHERE id = $1 AND deleted_at IS NULL
        RETURNING TRUE
        """,
        user_id,
        due_at,
        erases_messages,
    )
    return bool(found)


async def due(connection: Connection, limit: int) -> list[UUID]:
    """Some accounts whose time has come, the earliest first, without those that have to wait for something else."""
    rows = await connection.fetch(
        """
        SELECT id FROM users
        WHERE deletion_due_at <= now() AND deleted_at IS NULL
          AND NOT EXISTS (SELECT FROM servers WHERE owner_id = users.id)
          AND NOT (is_admin AND disabled_at IS NULL AND NOT EXISTS (
              SELECT FROM users AS other WHERE other.is_admin AND other.disabled_at IS NULL AND other.id <> users.id))
        ORDER BY deletion_due_at, id LIMIT $1
        """,
        limit,
    )
    return [row["id"] for row in rows]


async def lock_due(connection: Connection, user_id: UUID) -> bool:
    """Lock an account until the transaction ends; False if its time has not come, or it is being deleted."""
    found = await connection.fetchval(
        """
        SELECT TRUE FROM users WHERE id = $1 AND deletion_due_at <= now() AND deleted_at IS NULL FOR NO KEY UPDATE
        """,
        user_id,
    )
    return bool(found)
