"""The SQL statements for administrators. Lists count only what they show, and not further than a limit."""

from datetime import datetime
from typing import Final
from uuid import UUID

from coterie.administration.models import AdminServer, AdminUser, InstanceSettings
from coterie.database.connection import Connection

COUNTED: Final = 10_000
"""How far the messages of a server are counted."""


async def settings(connection: Connection) -> InstanceSettings | None:
    """The stored settings; None while nobody has changed any."""
    row = await connection.fetchrow("SELECT id, registration_mode, updated_at, updated_by FROM instance_settings")
    return InstanceSettings(**row) if row else None


async def begun_at(connection: Connection) -> datetime:
    """When this database was set up."""
    moment: datetime = await connection.fetchval("SELECT min(begun_at) FROM epochs")
    return moment


async def standing(connection: Connection, user_id: UUID, *, lock: bool) -> tuple[bool, bool, bool] | None:
    """Whether an account is an administrator, disabled, and a bot; None if there is none, or it was deleted."""
    row = await connection.fetchrow(
        """
        SELECT is_admin, disabled_at IS NOT NULL AS is_disabled, is_bot FROM users
        WHERE id = $1 AND deleted_at IS NULL
        """
        + (" FOR NO KEY UPDATE" if lock else ""),
        user_id,
    )
    return (row["is_admin"], row["is_disabled"], row["is_bot"]) if row else None


async def count_users(connection: Connection, pattern: str | None) -> int:
    count: int = await connection.fetchval(
        """
        SELECT count(*) FROM users
        WHERE deleted_at IS NULL AND ($1::text IS NULL OR username ILIKE $1 OR email ILIKE $1)
        """,
        pattern,
    )
    return count


async def users(
    connection: Connection, pattern: str | None, sort_by: str | None, limit: int, offset: int
) -> list[AdminUser]:
    """A page of accounts, newest first, or by name, or with the most messages first."""
    rows = await connection.fetch(
        """
        WITH found AS (
            SELECT id, username, created_at, CASE WHEN $2 = 'message_count' THEN (
                SELECT sum(count) FROM usage_tracking WHERE user_id = users.id AND metric = 'messages_sent') END AS sent
            FROM users
            WHERE deleted_at IS NULL AND ($1::text IS NULL OR username ILIKE $1 OR email ILIKE $1)
            ORDER BY CASE WHEN $2 = 'username' THEN lower(username) END, sent DESC NULLS LAST,
                     users.created_at DESC, id
            LIMIT $3 OFFSET $4
        )
        SELECT users.id, users.username, display_name, email, avatar_url, status, is_admin, is_bot,
               disabled_at IS NOT NULL AS disabled, disabled_at, users.created_at, last_seen_at,
               (SELECT count(*) FROM server_members WHERE user_id = users.id) AS server_count,
               (SELECT coalesce(sum(count), 0)::bigint FROM usage_tracking
                WHERE user_id = users.id AND metric = 'messages_sent') AS message_count,
               (SELECT count(*) FROM sessions WHERE user_id = users.id AND expires_at > now()) AS session_count
        FROM found JOIN users ON users.id = found.id
        ORDER BY CASE WHEN $2 = 'username' THEN lower(users.username) END, sent DESC NULLS LAST,
                 users.created_at DESC, users.id
        """,
        pattern,
        sort_by,
        limit,
        offset,
    )
    return [AdminUser(**row) for row in rows]


async def count_servers(connection: Connection, pattern: str | None) -> int:
    count: int = await connection.fetchval(
        "SELECT count(*) FROM servers WHERE $1::text IS NULL OR name ILIKE $1", pattern
    )
    return count


async def servers(connection: Connection, pattern: str | None, limit: int, offset: int) -> list[AdminServer]:
    """A page of servers, newest first."""
    rows = await connection.fetch(
        """
        SELECT servers.id, servers.name, owner_id, username AS owner_username, icon_url, is_public, member_count,
               (SELECT count(*) FROM channels WHERE server_id = servers.id) AS channel_count,
               (SELECT count(*) FROM (
                    SELECT FROM channels JOIN messages ON messages.channel_id = channels.id
                    WHERE server_id = servers.id LIMIT $4) AS counted) AS message_count,
               servers.created_at
        FROM (
            SELECT id, name, owner_id, icon_url, is_public, member_count, created_at FROM servers
            WHERE $1::text IS NULL OR name ILIKE $1 ORDER BY created_at DESC, id LIMIT $2 OFFSET $3
        ) AS servers
        JOIN users ON users.id = owner_id
        ORDER BY servers.created_at DESC, servers.id
        """,
        pattern,
        limit,
        offset,
        COUNTED,
    )
    return [AdminServer(**row) for row in rows]
