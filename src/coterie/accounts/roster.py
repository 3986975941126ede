"""Who has an account and who can register, for the operator's commands."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import msgspec

from coterie.accounts import standing
from coterie.accounts.models import RegistrationModeName
from coterie.database.connection import Connection, Database, OneConnection
from coterie.security_events.actions import record
from coterie.security_events.models import SecurityEvent


class RosterEntry(msgspec.Struct, frozen=True):
    """An account in the operator's list; `used_at` is when one of its logins was last renewed."""

    username: str
    email: str | None
    is_admin: bool
    is_disabled: bool
    created_at: datetime
    logins: int
    used_at: datetime | None


async def entries(connection: OneConnection, since: datetime | None, *, admins: bool) -> AsyncIterator[RosterEntry]:
    """The accounts created since then, or all, oldest first. Needs a transaction."""
    rows = connection.cursor(
        """
        SELECT username, email, is_admin, disabled_at IS NOT NULL AS is_disabled, users.created_at,
               coalesce(open.logins, 0) AS logins, open.used_at
        FROM users LEFT JOIN LATERAL (
            SELECT count(*) AS logins, max(refreshed_at) AS used_at FROM sessions
            WHERE user_id = users.id AND expires_at > now()
        ) AS open ON TRUE
        WHERE ($1::timestamptz IS NULL OR users.created_at >= $1) AND (is_admin OR NOT $2)
        ORDER BY users.created_at, users.id
        """,
        since,
        admins,
    )
    async for row in rows:
        yield RosterEntry(**dict(row.items()))


async def logged_in(connection: Connection) -> list[UUID]:
    """Every account that has a session."""
    return [row["user_id"] for row in await connection.fetch("SELECT DISTINCT user_id FROM sessions")]


async def enable(database: Database, user_id: UUID) -> None:
    """Let a disabled account log in again."""
    async with database.acquire() as connection, connection.transaction():
        await standing.enable(connection, user_id)


async def demote(database: Database, user_id: UUID, *, may_be_last: bool) -> bool:
    """Make the account an ordinary one. False if it would leave no administrator who can log in, and may not."""
    async with database.acquire() as connection, connection.transaction():
        admins = await standing.active_admins(connection)
        if not may_be_last and standing.is_last(admins, user_id):
            return False
        await standing.demote(connection, user_id)
        return True


async def set_registration_mode(
    connection: Connection, mode: RegistrationModeName, actor_id: UUID | None = None
) -> None:
    """Set who can register from now on, in the caller's transaction; without `actor_id` on the command line."""
    await connection.execute(
        """
        INSERT INTO instance_settings (registration_mode, updated_by) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET
            registration_mode = excluded.registration_mode, updated_by = excluded.updated_by, updated_at = now()
        """,
        mode,
        actor_id,
    )
    event = SecurityEvent("admin.registration_mode_set", actor_id=actor_id, details={"mode": mode})
    await record(connection, event)
