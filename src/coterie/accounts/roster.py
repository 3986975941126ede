"""Who has an account, and who may get one: what the operator asks and sets from the machine itself."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import msgspec

from coterie.accounts.models import RegistrationModeName
from coterie.database.connection import Connection, OneConnection


class Entry(msgspec.Struct, frozen=True):
    """An account in the operator's list; `used_at` is when one of its logins was last renewed."""

    username: str
    email: str | None
    is_admin: bool
    is_disabled: bool
    created_at: datetime
    logins: int
    used_at: datetime | None


async def entries(connection: OneConnection, since: datetime | None, *, admins: bool) -> AsyncIterator[Entry]:
    """The accounts made since then, or all; the oldest first. Within a transaction."""
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
        yield Entry(**dict(row.items()))


async def logged_in(connection: Connection) -> list[UUID]:
    """Every account that is logged in anywhere."""
    return [row["user_id"] for row in await connection.fetch("SELECT DISTINCT user_id FROM sessions")]


async def enable(connection: Connection, user_id: UUID) -> None:
    await connection.execute("UPDATE users SET disabled_at = NULL WHERE id = $1", user_id)


async def set_registration_mode(connection: Connection, mode: RegistrationModeName) -> None:
    """Who may make an account from now on."""
    await connection.execute(
        """
        INSERT INTO instance_settings (registration_mode) VALUES ($1)
        ON CONFLICT (id) DO UPDATE SET registration_mode = excluded.registration_mode, updated_at = now()
        """,
        mode,
    )
